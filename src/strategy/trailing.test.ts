import { describe, expect, test } from 'vitest';
import type { Side } from '../domain/order.ts';
import { epochMs, price } from '../domain/units.ts';
import { decayAgainst, trailDistance, trailingStop } from './trailing.ts';

const rules = { distanceAtr: 1.2, profitMinAtr: 0.8 };
const quote = { bid: price(1_080), ask: price(1_085), at: epochMs(0) };

describe('a trailing stop', () => {
  test.each<[number, number, number]>([
    [0, 0, 156], // 1.2 x 100 x 1.3
    [1, 0, 84], // 1.2 x 100 x 0.7
    [0.5, 0, 120],
    [0, 1, 234],
    [1, 0.5, 105],
    [0, -1, 156], // momentum with the trade does not tighten it
  ])('of confidence %d and decay %d keeps %d away', (confidenceNorm, decay, distance) => {
    expect(trailDistance({ atr: 100, confidenceNorm, decay }, rules)).toBeCloseTo(distance, 9);
  });

  test.each<[string, Side, number, number | undefined]>([
    ['a buy that gained 0.8 ATR', 'buy', 1_000, 924],
    ['a buy just below that', 'buy', 1_000.01, undefined],
    ['a sell that gained 0.8 ATR', 'sell', 1_165, 1_241],
    ['a sell just below that', 'sell', 1_164.99, undefined],
  ])('follows %s', (_name, side, entry, stop) => {
    const trade = { side, entry, atr: 100, confidenceNorm: 0, decay: 0 };
    expect(trailingStop(trade, quote, rules)).toEqual(
      stop === undefined ? undefined : expect.closeTo(stop, 9),
    );
  });

  test('does not follow a trade whose ATR nobody knows', () => {
    const trade = { side: 'buy', entry: 900, atr: 0, confidenceNorm: 0, decay: 0 } as const;
    expect(trailingStop(trade, quote, rules)).toBeUndefined();
  });

  test.each<[Side, number, number, number]>([
    ['buy', 0.4, 1, 0.4], // its own trend fades
    ['buy', -0.4, 1, -0.4], // its own trend gains
    ['buy', 0.4, -1, -0.4], // the trend against it fades
    ['buy', -0.4, -1, 0.4], // the trend against it gains
    ['sell', 0.4, -1, 0.4],
    ['sell', 0.4, 1, -0.4],
    ['sell', 0.4, 0, 0],
    ['buy', 0.4, 0.003, 0.4], // of the trend, the sign counts
  ])('of a %s sees decay %d in a trend of %d as %d against it', (side, decay, trend, against) => {
    expect(decayAgainst(side, { decay, trend })).toBe(against);
  });
});
