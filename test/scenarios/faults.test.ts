import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AccountFact } from '../../src/account/account-fact.ts';
import { httpSimulationControl } from '../../src/brokers/simulation/http-control.ts';
import type { RunPlan } from '../../src/engine/run-plan.ts';
import { readJournal } from '../../src/journal/sqlite/sqlite-journal.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { writeGeneratedFile } from './generated-file.ts';
import { type ReplayResult, replay } from './replay.ts';
import { eager, scenarioConfig } from './scenario-config.ts';

type Fault = Readonly<Record<string, unknown>>;

const folder = mkdtempSync(join(tmpdir(), 'novosky-faults-'));
const path = join(folder, 'bars.csv');
const configFolder = join(folder, 'config');
const bars = 80;
const order = { method: 'POST', path: '/orders' } as const;
let undisturbed: ReplayResult;
let from = 0;

beforeAll(async () => {
  from = writeGeneratedFile(path, { seed: 41, bars });
  scenarioConfig(configFolder, { trading: eager });
  undisturbed = await run('undisturbed', []);
  for (const { trades } of Object.values(undisturbed.accounts)) {
    expect(trades.length).toBeGreaterThan(8);
  }
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A replay in which every terminal meets these faults, one after the other. */
function run(name: string, faults: readonly Fault[]): Promise<ReplayResult> {
  const state = join(folder, name);
  mkdirSync(state);
  return replay({
    ...{ path, from, bars, state, configFolder },
    onStep: (step, _, plan) => {
      if (step === 2) for (const fault of faults) inject(plan, fault);
    },
  });
}

function inject({ simulators }: RunPlan, fault: Fault): void {
  const { signal } = new AbortController();
  for (const { controlUrl: url, controlToken: token } of simulators) {
    void httpSimulationControl({ url, token, clock: systemClock }).inject(fault, signal);
  }
}

/** What must hold whatever the terminal does. */
function expectMoneyInOrder({ accounts, views }: ReplayResult): void {
  for (const [id, account] of Object.entries(accounts)) {
    const { ordersWithoutStop, ordersWithoutIntent, duplicateOrders } = account;
    expect({ ordersWithoutStop, ordersWithoutIntent, duplicateOrders }).toEqual({
      ordersWithoutStop: 0,
      ordersWithoutIntent: 0,
      duplicateOrders: 0,
    });
    expect(account.predictions).toBe(bars);
    expect(account.balance).toBe(views[id]?.balance);
    expect(account.equity).toBe(views[id]?.equity);
  }
}

describe('a terminal that fails in the middle of trading', () => {
  test.each<[name: string, met: AccountFact['type'] | undefined, faults: readonly Fault[]]>([
    [
      'orders that are executed without an answer',
      'order-unresolved',
      [
        { kind: 'gateway-timeout', ...order, executes: true },
        { kind: 'drop-socket', ...order, executes: true },
        { kind: 'html-error', ...order, status: 502, executes: true },
        { kind: 'delay', ...order, ms: 300 },
      ],
    ],
    [
      'orders that never arrive',
      'order-absent',
      [
        { kind: 'gateway-timeout', ...order, executes: false, format: 'html' },
        { kind: 'drop-socket', ...order, executes: false },
        { kind: 'unavailable', ...order },
        { kind: 'html-error', ...order, status: 500 },
      ],
    ],
    [
      'reads that fail or lie',
      'read-failed',
      [
        { kind: 'empty-list', path: '/positions*', count: 3 },
        { kind: 'html-error', path: '/account', count: 2 },
        { kind: 'unavailable', path: '/positions*', skip: 5, count: 4 },
        { kind: 'drop-socket', path: '/history*', executes: false },
        { kind: 'zero-tick' },
        { kind: 'empty-list', path: '/history*', count: 2 },
        { kind: 'infinity', path: '/account', field: 'margin_level' },
      ],
    ],
    ['a terminal that is restarted', undefined, [{ kind: 'restart', downMs: 700 }]],
  ])(
    'changes no trade: %s',
    async (name, met, faults) => {
      const result = await run(name, faults);
      expectMoneyInOrder(result);
      expect(result.restarts).toEqual([]);
      for (const [id, { trades, decisions }] of Object.entries(result.accounts)) {
        const facts = readJournal<AccountFact>(join(folder, name, `state_${id}.db`));
        // A restart may fall between the reads of an account.
        expect(met === undefined || facts.some(({ type }) => type === met)).toBe(true);
        expect(trades).toEqual(undisturbed.accounts[id]?.trades);
        expect(decisions).toEqual(undisturbed.accounts[id]?.decisions);
      }
    },
    60_000,
  );

  test('keeps its books right when orders are refused or filled in part', async () => {
    const result = await run('refused', [
      { kind: 'reject', ...order, retcode: 10_006 },
      { kind: 'reject', ...order, retcode: 10_019, dialect: 'novosky' },
      { kind: 'partial', ...order, share: 0.5 },
      { kind: 'novosky-answer', ...order },
    ]);
    expectMoneyInOrder(result);
    for (const [id, { rejects, fills, trades, decisions }] of Object.entries(result.accounts)) {
      expect(rejects).toBe(2);
      expect(fills).toBe(trades.length);
      expect(decisions.entered).toBe(fills + rejects);
      expect(trades).not.toEqual(undisturbed.accounts[id]?.trades);
    }
  }, 60_000);
});
