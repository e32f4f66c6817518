import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AccountWorld,
  aPolicy,
  aPrediction,
  barMs,
  Crash,
  monday,
} from '../../test/account-world.ts';
import type { SubmitFault } from '../../test/model-broker.ts';
import type { PredictedClass, Prediction } from '../domain/prediction.ts';
import { fraction } from '../domain/units.ts';
import { initialState } from './account-state.ts';
import { apply } from './apply.ts';
import { reportOf } from './report.ts';

type Market = readonly { readonly move: number; readonly says: PredictedClass }[];
type Script = { readonly market: Market; readonly faults: readonly SubmitFault[] };

/** Plays the whole market in lockstep; an engine that dies is started again on the same bar. */
function play({ market, faults }: Script, crashesAt: readonly number[] = []): AccountWorld {
  const policy = aPolicy({ dailyLossMax: fraction(0.05), consecutiveLossesMax: 3 });
  const world = new AccountWorld({ policy, faults });
  let bid = 95_000;
  let isOpen = false;
  market.forEach(({ move, says }, bar) => {
    bid += move;
    world.move(bid, monday + bar * barMs);
    for (
      let lives = 0;
      !survives(world, crashesAt, isOpen, aPrediction(says, { bar }));
      lives += 1
    ) {
      expect(lives, 'restarts on one bar').toBeLessThan(50);
      isOpen = false;
    }
    isOpen = true;
    expect(world.isSettled, `settled after bar ${bar}`).toBe(true);
  });
  return world;
}

/** One try at a bar; false when the engine died of it. */
function survives(
  world: AccountWorld,
  crashesAt: readonly number[],
  isOpen: boolean,
  prediction: Prediction,
): boolean {
  const ahead = crashesAt.filter((each) => each > world.moments);
  world.crashAt = Math.min(...ahead);
  try {
    if (!isOpen) world.open();
    world.bar(prediction);
    return true;
  } catch (error) {
    if (error instanceof Crash) return false;
    throw error;
  }
}

/** Everything about the trades that a stranger could see, but for the broker's own numbering. */
function tradesOf(world: AccountWorld) {
  return reportOf(world.journal).trades.map(({ ticket: _, ...trade }) => trade);
}

function decisionsOf(world: AccountWorld) {
  return reportOf(world.journal).decisions;
}

function expectHonest(world: AccountWorld): void {
  const report = reportOf(world.journal);
  const { decisions } = report;
  expect(report).toMatchObject({
    ordersWithoutStop: 0,
    ordersWithoutIntent: 0,
    duplicateOrders: 0,
    balance: world.broker.balance,
    equity: world.broker.view().equity,
  });
  const denied = Object.values(decisions.denied).reduce((sum, each) => sum + each, 0);
  expect(decisions.entered + decisions.held + denied).toBe(report.predictions);
  const earned = report.trades.reduce((sum, { profit }) => sum + profit, 0);
  expect(earned).toBeCloseTo(report.balance - report.startingBalance, 6);
  const tradeIds = world.broker.executed.map(({ tradeId }) => tradeId);
  expect(new Set(tradeIds).size, 'each trade was executed once').toBe(tradeIds.length);
}

const market: fc.Arbitrary<Market> = fc.array(
  fc.record({
    move: fc.integer({ min: -400, max: 400 }),
    says: fc.constantFrom<PredictedClass>('buy', 'sell', 'hold'),
  }),
  { minLength: 1, maxLength: 12 },
);

/** Each fault is followed by a call that goes well, so that no trade is given up. */
const faults: fc.Arbitrary<readonly SubmitFault[]> = fc
  .array(fc.constantFrom<SubmitFault>('none', '504-executed', '504-lost', '504-late', 'not-sent'), {
    maxLength: 6,
  })
  .map((list) => list.flatMap((fault): SubmitFault[] => [fault, 'none']));

const script: fc.Arbitrary<Script> = fc.record({ market, faults });

describe('an engine that dies', () => {
  test('at any moments ends with the trades of an undisturbed run', () => {
    fc.assert(
      fc.property(
        script,
        fc.array(fc.integer({ min: 1, max: 120 }), { maxLength: 6 }),
        (played, crashesAt) => {
          const undisturbed = play({ ...played, faults: [] });
          const disturbed = play(played, crashesAt);
          expectHonest(undisturbed);
          expectHonest(disturbed);
          expect(tradesOf(disturbed)).toEqual(tradesOf(undisturbed));
          expect(decisionsOf(disturbed)).toEqual(decisionsOf(undisturbed));
        },
      ),
      { numRuns: 300 },
    );
  });

  test.each<SubmitFault>(['none', '504-executed', '504-lost', '504-late', 'not-sent'])(
    'at each single moment of an order that meets "%s" trades once',
    (fault) => {
      const played: Script = {
        faults: [fault],
        market: [
          { move: 0, says: 'buy' },
          { move: -350, says: 'hold' },
        ],
      };
      const undisturbed = play({ ...played, faults: [] });
      const { moments } = play(played);
      for (let at = 1; at <= moments; at += 1) {
        const disturbed = play(played, [at]);
        expectHonest(disturbed);
        expect(tradesOf(disturbed), `died at moment ${at}`).toEqual(tradesOf(undisturbed));
      }
    },
  );

  test('leaves a journal that alone makes the state', () => {
    fc.assert(
      fc.property(script, (played) => {
        const { journal, state } = play(played);
        const facts = JSON.parse(JSON.stringify(journal)) as typeof journal;
        const folded = facts.reduce(apply, initialState(state.account));
        expect(folded).toEqual(state);
        expect(JSON.parse(JSON.stringify(state))).toEqual(state);
      }),
      { numRuns: 50 },
    );
  });
});
