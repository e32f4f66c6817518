import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { AccountFact } from '../../src/account/account-fact.ts';
import { httpSimulationControl } from '../../src/brokers/simulation/http-control.ts';
import { accountId } from '../../src/domain/units.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { RunPlan } from '../../src/engine/run-plan.ts';
import { readJournal } from '../../src/journal/sqlite/sqlite-journal.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { writeGeneratedFile } from './generated-file.ts';
import { replay } from './replay.ts';
import { eager, scenarioConfig } from './scenario-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'novosky-kill-'));
const path = join(folder, 'bars.csv');
/** Far away: who is killed is closed by nothing else meanwhile. */
const dynamic_sltp = { sl_atr_multiplier: 5, tp_atr_multiplier: 5 };
const configFolder = scenarioConfig(join(folder, 'config'), {
  trading: { ...eager, dynamic_sltp },
});
const both = [accountId('exness_main'), accountId('icmarkets_main')] as const;
const close = { method: 'DELETE', path: '/positions/*' } as const;
/** The first closes are refused, filled in part, answered by nothing. */
const refusals = [
  { kind: 'reject', ...close, retcode: 10_018 },
  { kind: 'partial', ...close, share: 0.4 },
  { kind: 'gateway-timeout', ...close, executes: false },
  { kind: 'reject', ...close, retcode: 10_006 },
];

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function refuseCloses({ simulators }: RunPlan): Promise<void> {
  const { signal } = new AbortController();
  for (const { controlUrl: url, controlToken: token } of simulators) {
    const control = httpSimulationControl({ url, token, clock: systemClock });
    for (const fault of refusals) await control.inject(fault, signal);
  }
}

function isOpen(engine: Engine, account: (typeof both)[number]): boolean {
  return (
    engine
      .views()
      .get(account)
      ?.positions.some(({ isOwned }) => isOwned) ?? false
  );
}

/** Says it once, when whoever is meant holds a position and the brokers refuse to close it. */
async function played(
  name: string,
  meant: readonly (typeof both)[number][],
  kill: (engine: Engine) => Promise<void>,
) {
  const state = join(folder, name);
  mkdirSync(state);
  const bars = 40;
  let killing: Promise<void> | undefined;
  const result = await replay({
    ...{ path, from: writeGeneratedFile(path, { seed: 5, bars }), bars, state, configFolder },
    onStep: (_, engine, plan) => {
      if (killing !== undefined || !meant.every((account) => isOpen(engine, account))) return;
      killing = refuseCloses(plan).then(() => kill(engine));
    },
  });
  await killing;
  expect(killing).toBeDefined();
  const factsOf = (account: string) => readJournal<AccountFact>(join(state, `state_${account}.db`));
  return { result, factsOf };
}

/** Killed, closed against all refusals, seen flat at the broker, and never again in the market. */
function expectKilled(facts: readonly AccountFact[]): void {
  const at = facts.findIndex((fact) => fact.type === 'command-given' && fact.command === 'kill');
  const after = facts.slice(at);
  const count = (type: AccountFact['type']) => after.filter((fact) => fact.type === type).length;
  expect(count('close-intended')).toBeGreaterThan(refusals.length);
  expect(count('cancel-answered')).toBeGreaterThan(0);
  expect(count('flattened')).toBe(1);
  const flat = after.findIndex(({ type }) => type === 'flattened');
  const read = after.slice(0, flat).findLast((fact) => fact.type === 'broker-read');
  expect(read?.type === 'broker-read' && read.positions).toEqual([]);
  expect(after.slice(flat).some(({ type }) => type === 'order-intended')).toBe(false);
}

test('an account that is killed is closed against every refusal, and its neighbour trades on', async () => {
  const [one, other] = both;
  const { result, factsOf } = await played('account', [one], (engine) =>
    engine.command(one, 'kill', 'test'),
  );
  expectKilled(factsOf(one));
  expect(result.accounts[one]?.openPositions).toBe(0);
  expect(result.views[one]).toMatchObject({ margin: 0, equity: result.views[one]?.balance });
  expect(result.accounts[other]?.decisions.denied['trading-state']).toBeUndefined();
}, 240_000);

test('a fleet that is killed is closed in every account against every refusal', async () => {
  const { result, factsOf } = await played('fleet', both, (engine) =>
    engine.orders.give('kill', 'test'),
  );
  for (const account of both) {
    expectKilled(factsOf(account));
    expect(result.views[account]).toMatchObject({
      margin: 0,
      equity: result.views[account]?.balance,
    });
  }
}, 240_000);
