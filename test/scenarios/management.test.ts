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

const folder = mkdtempSync(join(tmpdir(), 'novosky-management-'));
const path = join(folder, 'bars.csv');
const configFolder = join(folder, 'config');
const bars = 160;
let from = 0;
let undisturbed: ReplayResult;

/** One account closes parts, the other lets its stops trail; targets are far, so that both have something to do. */
function writeConfig(): void {
  scenarioConfig(configFolder, {
    trading: {
      ...eager,
      dynamic_sltp: { sl_atr_multiplier: 1, tp_atr_multiplier: 4 },
      ml_active_management: { enabled: true },
    },
    accounts: ({ exness_main, icmarkets_main }) => ({
      exness_main: {
        ...exness_main,
        overrides: { 'ml_active_management.partial_close.enabled': true },
      },
      icmarkets_main: {
        ...icmarkets_main,
        overrides: {
          'ml_active_management.ml_trailing_stop.enabled': true,
          'ml_active_management.ml_trailing_stop.base_trail_atr_mult': 0.8,
        },
      },
    }),
  });
}

function run(name: string, onStep?: (step: number, engine: Engine) => void): Promise<ReplayResult> {
  const state = join(folder, name);
  mkdirSync(state);
  return replay({ path, from, bars, state, configFolder, ...(onStep && { onStep }) });
}

function factsOf(name: string, account: string): readonly AccountFact[] {
  return readJournal<AccountFact>(join(folder, name, `state_${account}.db`));
}

/** Reasons of the calls that moved stops, or closed, positions of an account. */
function calls(facts: readonly AccountFact[]): readonly string[] {
  return facts.flatMap((fact) => {
    if (fact.type !== 'close-intended' && fact.type !== 'protect-intended') return [];
    return fact.reason === undefined ? [] : [fact.reason];
  });
}

/** What must not differ. How often something was asked for may: a call that was cut off is made again. */
function tradesOf({ accounts }: ReplayResult) {
  return Object.fromEntries(
    Object.entries(accounts).map(([id, { decisions, balance, equity, trades, closes }]) => [
      id,
      { decisions, balance, equity, trades, closes },
    ]),
  );
}

beforeAll(async () => {
  writeConfig();
  from = writeGeneratedFile(path, { seed: 7, bars });
  undisturbed = await run('undisturbed');
}, 120_000);

describe('a lockstep replay with managed positions', () => {
  test('closes parts and moves their stops to breakeven, once for each trade', () => {
    const facts = factsOf('undisturbed', 'exness_main');
    const parts = facts.flatMap((fact) =>
      fact.type === 'close-intended' && fact.leaves !== undefined ? fact.ticket : [],
    );
    expect(parts.length).toBeGreaterThan(3);
    expect(new Set(parts).size).toBe(parts.length);
    expect(new Set(calls(facts))).toEqual(new Set(['partial-close', 'breakeven']));
    const details = undisturbed.accounts['exness_main']?.trades.map((each) => each.closeDetail);
    expect(details).toContain('BE');
  });

  test('lets stops trail, and none of them goes back', () => {
    const facts = factsOf('undisturbed', 'icmarkets_main');
    expect(new Set(calls(facts))).toEqual(new Set(['trailing']));
    const stops = new Map<number, number[]>();
    for (const fact of facts) {
      if (fact.type !== 'protect-intended') continue;
      stops.set(fact.ticket, [...(stops.get(fact.ticket) ?? []), fact.stopLoss]);
    }
    const sides = new Map(
      facts.flatMap((fact) =>
        fact.type === 'position-opened' ? [[fact.position.ticket, fact.position.side]] : [],
      ),
    );
    for (const [ticket, moves] of stops) {
      const rising = moves.toSorted((a, b) => (sides.get(ticket) === 'buy' ? a - b : b - a));
      expect(moves).toEqual(rising);
    }
    expect(Math.max(...[...stops.values()].map(({ length }) => length))).toBeGreaterThan(1);
  });

  test('ends with the books of the brokers', () => {
    for (const [id, report] of Object.entries(undisturbed.accounts)) {
      const { balance, equity } = undisturbed.views[id] ?? {};
      expect(report).toMatchObject({ balance, equity, ordersWithoutStop: 0 });
    }
  });

  test('is the same again', async () => {
    expect(tradesOf(await run('again'))).toEqual(tradesOf(undisturbed));
  }, 120_000);

  test('ends with the same trades when its accounts die again and again', async () => {
    const result = await run('deaths', (step, engine) => {
      if (step % 30 === 10) void engine.crash('account:exness_main/account', 'killed by the test');
      if (step === 65) void engine.endThread('account:icmarkets_main');
      if (step % 40 === 20)
        void engine.crash('account:icmarkets_main/account', 'killed by the test');
    });
    expect(result.restarts.length).toBeGreaterThan(5);
    expect(tradesOf(result)).toEqual(tradesOf(undisturbed));
  }, 120_000);
});
