import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AccountWorld, aPrediction } from '../../test/account-world.ts';
import type { Side, TradeOutcome } from '../domain/order.ts';

/** What may happen to a first attempt that the next one follows. */
const failures = {
  requoted: { outcome: 'rejected', code: 10_004, reason: 'requote', refusal: 'price' },
  'not sent': { outcome: 'not-sent', reason: '503' },
  absent: { outcome: 'unknown', reason: '504' },
} as const satisfies Record<string, TradeOutcome>;

/** Six steps at 95,005 (a buy) or 95,000 (a sell), their stop 300 away: 1,800 USC of at most 2,000. */
function movedMeanwhile(
  bid: number,
  side: Side = 'buy',
  failure: TradeOutcome = failures.requoted,
) {
  const world = new AccountWorld().open();
  const { submit } = world.broker;
  let isFirst = true;
  world.broker.submit = (order, fault) => {
    if (!isFirst) return submit.call(world.broker, order, fault);
    isFirst = false;
    world.move(bid);
    return failure;
  };
  world.bar(aPrediction(side));
  return world;
}

describe('an order that would be sent again at another price', () => {
  test.each(Object.entries(failures))(
    'after it was %s is given up beyond its risk',
    (_, failure) => {
      const world = movedMeanwhile(95_100, 'buy', failure);
      expect(world.broker.executed).toEqual([]);
      // 400 USC of each of six steps.
      const denial = { limit: 'risk', observed: 0.024, allowed: 0.02 };
      expect(world.facts('order-given-up')).toMatchObject([{ reason: 'risk', denial }]);
      expect(world.heard('order-failed').at(-1)).toMatchObject({
        ...{ outcome: 'given-up', reason: 'risk: 0.024, allowed 0.02' },
      });
      expect(world.isSettled).toBe(true);
    },
  );

  test.each<[string, number, Side, number]>([
    ['further from the stop of a buy, within the cap', 95_030, 'buy', 1_980],
    ['nearer to the stop of a buy', 94_900, 'buy', 1_200],
    ['further from the stop of a sell, within the cap', 94_970, 'sell', 1_980],
    ['nearer to the stop of a sell', 95_100, 'sell', 1_200],
  ])('is sent again %s, and its intent says what it risks there', (_, bid, side, riskMoney) => {
    const world = movedMeanwhile(bid, side);
    const [first, second] = world.facts('order-intended').map(({ intent }) => intent);
    const expectedPrice = side === 'buy' ? bid + 5 : bid;
    expect(second?.order).toEqual({ ...first?.order, id: second?.order.id, expectedPrice });
    expect(second).toMatchObject({ attempt: 2, riskMoney, quote: world.broker.quote });
    expect(world.broker.executed).toEqual([second?.order]);
  });

  test('never risks more than its cap, whatever the price is by then', () => {
    const count = { sent: 0, refused: 0 };
    const sides = fc.constantFrom<Side>('buy', 'sell');
    const moves = fc.integer({ min: -40_000, max: 40_000 }).map((points) => points / 100);
    const outcomes = fc.constantFrom(...Object.values(failures));
    fc.assert(
      fc.property(sides, moves, outcomes, (side, move, failure) => {
        const world = movedMeanwhile(95_000 + move, side, failure);
        const [order] = world.broker.executed;
        count[order ? 'sent' : 'refused'] += 1;
        if (!order) return;
        const { bid, ask } = world.broker.quote;
        const risk = Math.abs((side === 'buy' ? ask : bid) - order.stopLoss) * order.volume;
        expect(risk).toBeLessThanOrEqual(2_000 + 1e-6);
      }),
      { numRuns: 60 },
    );
    expect(Math.min(count.sent, count.refused)).toBeGreaterThan(5);
  });
});
