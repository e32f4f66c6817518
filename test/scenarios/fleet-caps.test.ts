import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { AccountFact } from '../../src/account/account-fact.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { readJournal } from '../../src/journal/sqlite/sqlite-journal.ts';
import { writeGeneratedFile } from './generated-file.ts';
import { type ReplayResult, replay } from './replay.ts';
import { eager, scenarioConfig } from './scenario-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'novosky-caps-'));
const path = join(folder, 'bars.csv');
const bars = 80;
/** USD: each account alone fits beneath it, both together do not. */
const cap = 105;
let from = 0;
let configFolder = '';
let uncapped: ReplayResult;
let capped: ReplayResult;

type Run = ReplayResult & { readonly state: string };

async function run(
  name: string,
  folderOfConfig: string,
  onStep?: (step: number, engine: Engine) => void,
): Promise<Run> {
  const state = join(folder, name);
  mkdirSync(state);
  const result = await replay({
    ...{ path, from, bars, state },
    configFolder: folderOfConfig,
    ...(onStep && { onStep }),
  });
  return { ...result, state };
}

/** What must not depend on who was killed when. */
function decidedIn({ accounts }: ReplayResult) {
  return Object.fromEntries(
    Object.entries(accounts).map(([id, { decisions, trades, balance, equity }]) => [
      id,
      { decisions, trades, balance, equity },
    ]),
  );
}

/** What each account had reserved and held, from when to when. */
function heldIn({ state, accounts }: Run): readonly Held[] {
  return Object.entries(accounts).flatMap(([id, { trades }]) => {
    const facts = [...readJournal<AccountFact>(join(state, `state_${id}.db`))];
    const risks = new Map(
      facts.flatMap((fact) =>
        fact.type === 'exposure-reserved' ? [[fact.holding.id, fact.holding.risk]] : [],
      ),
    );
    return trades.map(({ id: trade, openTime, closeTime }) => ({
      risk: risks.get(trade) ?? Number.POSITIVE_INFINITY,
      from: Date.parse(openTime),
      to: closeTime === null ? Number.POSITIVE_INFINITY : Date.parse(closeTime),
    }));
  });
}

type Held = { readonly risk: number; readonly from: number; readonly to: number };

function mostAtOnce(held: readonly Held[]): number {
  const sums = held.map(({ from: at }) =>
    held.filter((each) => each.from <= at && at < each.to).reduce((sum, { risk }) => sum + risk, 0),
  );
  return Math.max(...sums);
}

beforeAll(async () => {
  from = writeGeneratedFile(path, { seed: 7, bars });
  configFolder = scenarioConfig(join(folder, 'config'), {
    trading: { ...eager, exposure: { max_symbol_notional: 0, max_symbol_risk: cap } },
  });
  uncapped = await run('uncapped', scenarioConfig(join(folder, 'off'), { trading: eager }));
  capped = await run('capped', configFolder);
}, 120_000);

describe('two accounts beneath one cap', () => {
  test('never hold more than it together; the first of accounts.json comes first', () => {
    const [first, second] = [capped.accounts['exness_main'], capped.accounts['icmarkets_main']];
    expect(first?.decisions.denied).not.toHaveProperty('exposure-risk');
    expect(first?.trades.length).toBeGreaterThan(5);
    expect(second?.decisions.denied['exposure-risk']).toBeGreaterThan(0);
    expect(second?.trades.length).toBeLessThan(
      uncapped.accounts['icmarkets_main']?.trades.length ?? 0,
    );
    expect(mostAtOnce(heldIn(capped as Run))).toBeLessThanOrEqual(cap);
  });

  test('decide the same in a second replay', async () => {
    expect(decidedIn(await run('again', configFolder))).toEqual(decidedIn(capped));
  }, 120_000);

  test('decide the same when the ledger is lost again and again', async () => {
    const result = await run('ledger', configFolder, (step, engine) => {
      if (step % 25 === 10) void engine.crash('main/fleet', 'killed by the test');
    });
    expect(result.restarts.filter(({ actor }) => actor === 'fleet')).toHaveLength(3);
    expect(decidedIn(result)).toEqual(decidedIn(capped));
  }, 120_000);

  test('decide the same when accounts are lost, alone and with the ledger', async () => {
    const result = await run('accounts', configFolder, (step, engine) => {
      const victims = [
        'account:exness_main/account',
        'account:icmarkets_main/account',
        'main/fleet',
      ];
      for (const [index, victim] of victims.entries()) {
        if (step === 30 + index || step === 50) void engine.crash(victim, 'killed by the test');
      }
    });
    expect(new Set(result.restarts.map(({ actor }) => actor))).toEqual(
      new Set(['account:exness_main', 'account:icmarkets_main', 'fleet']),
    );
    expect(decidedIn(result)).toEqual(decidedIn(capped));
  }, 120_000);
});

test('where nothing is capped there is no ledger, and nothing is reserved', () => {
  const facts = [...readJournal<AccountFact>(join(folder, 'uncapped', 'state_exness_main.db'))];
  expect(facts.some(({ type }) => type === 'exposure-reserved')).toBe(false);
  expect(uncapped.accounts['exness_main']?.trades.length).toBeGreaterThan(5);
});
