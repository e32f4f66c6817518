import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { AccountFact } from '../../src/account/account-fact.ts';
import { mt5Terminal } from '../../src/brokers/mt5/terminal.ts';
import { httpSimulationControl } from '../../src/brokers/simulation/http-control.ts';
import { epochMs } from '../../src/domain/units.ts';
import { readJournal } from '../../src/journal/sqlite/sqlite-journal.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { writeGeneratedFile } from './generated-file.ts';
import { eventually, type Novosky, novosky } from './process.ts';
import { eager, scenarioConfig } from './scenario-config.ts';

const tokens = { TERMINAL_TOKEN: 'terminal-token', CONTROL_TOKEN: 'control-token' };
const folder = mkdtempSync(join(tmpdir(), 'novosky-kill-nine-'));
const path = join(folder, 'bars.csv');
const running: Novosky[] = [];
let from = 0;

beforeAll(() => {
  from = writeGeneratedFile(path, { seed: 11, bars: 40 });
});

afterEach(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  running.length = 0;
});

/** A broker in a process of its own, and what the engine needs to trade there. It survives the engine. */
async function openBroker(name: string) {
  const state = join(folder, `${name}-terminal`);
  const arguments_ = [
    'terminal',
    '--replay',
    path,
    '--from',
    new Date(from).toISOString().slice(0, 16),
  ];
  const names = ['--token-env', 'TERMINAL_TOKEN', '--control-token-env', 'CONTROL_TOKEN'];
  const terminal = start([...arguments_, '--port', '0', '--state', state, ...names], tokens);
  const url = await eventually(
    'the terminal to listen',
    () => /http:\/\/127\.0\.0\.1:\d+/.exec(terminal.output())?.[0],
  );
  const config = scenarioConfig(join(folder, `${name}-config`), {
    trading: { ...eager, poll_seconds: 1, signal_sources: { BTCUSD: ['outside'] } },
    terminals: () => ({
      outside: {
        kind: 'simulator',
        url,
        token_env: 'TERMINAL_TOKEN',
        control_token_env: 'CONTROL_TOKEN',
        symbols: { BTCUSD: 'BTCUSD' },
      },
    }),
    accounts: ({ icmarkets_main: account }) => ({
      solo: { ...account, terminal_key: 'outside', state_file: 'solo.db' },
    }),
  });
  const control = httpSimulationControl({ url, token: tokens.CONTROL_TOKEN, clock: systemClock });
  const broker = mt5Terminal({
    url,
    token: tokens.TERMINAL_TOKEN,
    symbols: { BTCUSD: 'BTCUSD' },
    magic: 20250101,
    deviationPoints: 20,
    clock: systemClock,
    readTimeoutMs: 5_000,
    tradeTimeoutMs: 5_000,
    absenceProof: { sinceCallMs: 0, emptyForMs: 0 },
    serverOffset: { ms: 0 },
  });
  return { control, broker, config, state: join(folder, `${name}-state`) };
}

function start(args: readonly string[], env: Readonly<Record<string, string>>): Novosky {
  const process_ = novosky(args, env);
  running.push(process_);
  return process_;
}

type Broker = Awaited<ReturnType<typeof openBroker>>;

function startEngine({ config, state }: Broker): Novosky {
  return start(['run', '--config', config, '--state', state, '--no-console'], tokens);
}

function facts({ state }: Broker): readonly AccountFact[] {
  const journal = join(state, 'solo.db');
  return existsSync(journal) ? readJournal<AccountFact>(journal) : [];
}

function has(broker: Broker, type: AccountFact['type'], count = 1): boolean {
  return facts(broker).filter((fact) => fact.type === type).length >= count;
}

/** What the broker booked: the only truth about doubled orders. */
async function entriesOf({ broker }: Broker) {
  const { signal } = new AbortController();
  const deals = await broker.deals(epochMs(0), signal);
  const positions = await broker.positions(signal);
  return {
    entries: deals.filter((deal) => deal.kind === 'trade' && deal.entry === 'in'),
    positions,
  };
}

describe('an engine that is killed between the intent and the answer', () => {
  test.each([
    ['the order executes and nobody hears of it', { kind: 'drop-socket', executes: true }],
    [
      'the order executes late',
      { kind: 'gateway-timeout', executes: true, executeAfterMs: 3_000, answerAfterMs: 60_000 },
    ],
    ['the answer is under way for long', { kind: 'delay', ms: 3_000 }],
  ])(
    'sends no second order when %s',
    async (name, fault) => {
      const at = await openBroker(name.replaceAll(' ', '-'));
      const { signal } = new AbortController();
      const first = startEngine(at);
      await eventually('the account to start', () => first.output().includes('started active'));
      await eventually('the first look at the account', () => has(at, 'broker-read'));
      await at.control.inject({ ...fault, method: 'POST', path: '/orders' }, signal);
      await at.control.advance(1, signal);
      await eventually('an intent', () => has(at, 'order-intended'));
      first.child.kill('SIGKILL');
      await first.ended;

      startEngine(at);
      // The kill may have come before the order left: then its absence has to be seen for half a minute first.
      await eventually('the position to be known', () => has(at, 'position-opened'), 100_000);
      const { entries, positions } = await entriesOf(at);
      expect(entries).toHaveLength(1);
      expect(positions).toHaveLength(1);
      expect(positions[0]?.stopLoss).toBeDefined();
      const count = (type: AccountFact['type']) =>
        facts(at).filter((fact) => fact.type === type).length;
      expect(count('order-intended')).toBe(1 + count('order-absent'));
    },
    150_000,
  );
});
