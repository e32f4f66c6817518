/** Figures that weigh a result against chance. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aTrade } from '../../../test/backtest-builder.ts';
import { deflated, deflatedSharpeRatio } from './deflated-sharpe.ts';
import { momentsOf } from './moments.ts';
import { normalQuantile, normalShare } from './normal.ts';
import { median, quantile } from './quantile.ts';
import { rDistribution } from './r-histogram.ts';
import { shuffledTrades } from './shuffled-trades.ts';

describe('the normal distribution', () => {
  test.each([
    [0, 0.5],
    [1, 0.8413447460685429],
    [-1.96, 0.024997895148220435],
    [3, 0.9986501019683699],
    [-5, 2.866515718791939e-7],
  ])('has at or below %d a share of %d', (x, share) => {
    expect(normalShare(x)).toBeCloseTo(share, 14);
  });

  test('gives the value back that a share belongs to', () => {
    fc.assert(
      fc.property(fc.double({ min: -5, max: 5, noNaN: true }), (x) => {
        expect(normalQuantile(normalShare(x))).toBeCloseTo(x, 6);
        expect(normalShare(x) + normalShare(-x)).toBeCloseTo(1, 12);
      }),
    );
  });
});

describe('moments', () => {
  test('are what one computes by hand', () => {
    const { mean, deviation, skewness, kurtosis } = momentsOf([1, 2, 3, 6]);
    // Deviations -2, -1, 0, 3: squares sum to 14, cubes to 18, fourth powers to 98.
    expect(mean).toBe(3);
    expect(deviation).toBeCloseTo(Math.sqrt(14 / 3), 12);
    expect(skewness).toBeCloseTo(4.5 / 3.5 ** 1.5, 12);
    expect(kurtosis).toBeCloseTo(24.5 / 3.5 ** 2, 12);
  });

  test('have no shape without spread', () => {
    expect(momentsOf([0.1, 0.1, 0.1])).toMatchObject({ skewness: undefined, kurtosis: undefined });
  });
});

describe('the deflated Sharpe ratio', () => {
  // The numerical example of the paper: five years of 250 days, 2.5 a year, the best of 100 trials.
  const sample = { count: 1_250, sharpe: 2.5 / Math.sqrt(250), skewness: -3, kurtosis: 10 };
  const variance = 1 / 2 / 250;

  test('is that of the paper', () => {
    expect(deflated(sample, { count: 100, variance })).toBeCloseTo(0.9004, 3);
    expect(deflated(sample, { count: 46, variance })).toBeCloseTo(0.9505, 3);
  });

  test('falls as more was tried, and as tails get fatter', () => {
    const ratios = [1, 2, 10, 1_000].map((count) => deflated(sample, { count, variance }));
    expect(ratios).toEqual([...ratios].sort((a, b) => b - a));
    expect(new Set(ratios).size).toBe(4);
    const one = { count: 10, variance };
    expect(deflated({ ...sample, kurtosis: 20 }, one)).toBeLessThan(deflated(sample, one));
  });

  test('is a half for a record that is worth nothing, and undefined without one', () => {
    expect(deflatedSharpeRatio([0.01, -0.01, 0.01, -0.01], { count: 1 })).toBeCloseTo(0.5, 9);
    expect(deflatedSharpeRatio([0.01], { count: 1 })).toBeUndefined();
    expect(deflatedSharpeRatio([0.01, 0.01, 0.01], { count: 1 })).toBeUndefined();
  });

  test('is a probability, whatever the returns', () => {
    const someReturns = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { maxLength: 40 });
    fc.assert(
      fc.property(someReturns, fc.integer({ min: 1, max: 100_000 }), (returns, count) => {
        const ratio = deflatedSharpeRatio(returns, { count });
        if (ratio === undefined) return;
        expect(ratio).toBeGreaterThanOrEqual(0);
        expect(ratio).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('a quantile', () => {
  test.each([
    [[1, 2, 3, 4], 0.5, 2.5],
    [[1, 2, 3, 4], 0, 1],
    [[1, 2, 3, 4], 1, 4],
    [[7], 0.3, 7],
    [[0, 10], 0.95, 9.5],
  ])('of %j at %d is %d', (ascending, share, expected) => {
    expect(quantile(ascending, share)).toBeCloseTo(expected, 12);
  });

  test('in the middle is the median, in whatever order', () => {
    expect(median([10, 1, 9])).toBe(9);
    expect(median([])).toBeUndefined();
  });
});

describe('the distribution of R', () => {
  test('puts each trade into the quarter it belongs to, the ends open', () => {
    const trades = [-7, -2.01, -2, -1, -0.01, 0, 0.24, 3.99, 4, 50].map((rMultiple) =>
      aTrade({ rMultiple }),
    );
    const { bins } = rDistribution(trades);
    const filled = bins.filter(({ count }) => count > 0);
    expect(filled.map(({ from, to, count }) => [from, to, count])).toEqual([
      [undefined, -2, 2],
      [-2, -1.75, 1],
      [-1, -0.75, 1],
      [-0.25, 0, 1],
      [0, 0.25, 2],
      [3.75, 4, 1],
      [4, undefined, 2],
    ]);
  });

  test('loses no trade', () => {
    const someR = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }));
    fc.assert(
      fc.property(someR, (values) => {
        const { bins, quantiles } = rDistribution(values.map((rMultiple) => aTrade({ rMultiple })));
        expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(values.length);
        expect(quantiles === undefined).toBe(values.length === 0);
      }),
    );
  });
});

describe('shuffled trades', () => {
  const shuffling = { runs: 400, seed: 7 };
  const trades = [20, -10, 30, -15, 5, -20, 12].map((profit) => aTrade({ profit }));

  test('come out the same under the same seed, and otherwise under another', () => {
    const once = shuffledTrades(trades, 100, shuffling);
    expect(shuffledTrades(trades, 100, shuffling)).toEqual(once);
    expect(shuffledTrades(trades, 100, { ...shuffling, seed: 8 })).not.toEqual(once);
  });

  test('know both orders of two trades, and how likely each draw is', () => {
    // A half is won and a half lost: the fall is a half in either order. Of two draws a quarter is two losses, a half
    // one of each (down a quarter), a quarter two wins.
    const even = [aTrade({ profit: 50 }), aTrade({ profit: -75 })];
    const shuffled = shuffledTrades(even, 100, { runs: 4_000, seed: 1 });
    expect(shuffled?.drawdownMax).toEqual({ p5: 0.5, p50: 0.5, p95: 0.5 });
    expect([shuffled?.quarterLost, shuffled?.halfLost]).toEqual([1, 1]);
    expect(shuffled?.losingStreak).toEqual({ p5: 1, p50: 1, p95: 1 });
    expect(shuffled?.lossProbability).toBeCloseTo(0.75, 1);
    expect(shuffled?.totalReturn).toEqual({ p5: -0.75, p50: -0.25, p95: 1.25 });
  });

  test('never fall less than the worst single trade', () => {
    const shuffled = shuffledTrades(trades, 100, shuffling);
    // -20 of a balance of 130 is the largest share that one trade took: 15.4 %.
    expect(shuffled?.drawdownMax.p5).toBeGreaterThanOrEqual(20 / 130 - 1e-12);
  });

  test('leave a ruined account ruined', () => {
    const ruin = [aTrade({ profit: -150 }), aTrade({ profit: 500 })];
    const shuffled = shuffledTrades(ruin, 100, shuffling);
    expect(shuffled?.drawdownMax.p50).toBe(1);
    expect(shuffled?.totalReturn.p95).toBeLessThanOrEqual(0);
  });

  test('are none under two trades or without a run', () => {
    expect(shuffledTrades([aTrade()], 100, shuffling)).toBeUndefined();
    expect(shuffledTrades(trades, 100, { runs: 0, seed: 1 })).toBeUndefined();
  });
});
