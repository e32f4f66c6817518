import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aTrade } from '../../../test/backtest-builder.ts';
import { splitBy } from './split.ts';
import { streaksOf } from './streaks.ts';
import { tradeResults } from './trade-results.ts';
import { winRateInterval } from './win-rate-interval.ts';

const tradesOf = (...profits: number[]) => profits.map((profit) => aTrade({ profit }));
const someTrades = fc
  .array(fc.integer({ min: -500, max: 500 }), { maxLength: 60 })
  .map((profits) => tradesOf(...profits));

describe('the results of trades', () => {
  test('count a trade at zero as a trade, and as neither win nor loss', () => {
    expect(tradeResults(tradesOf(30, -10, 0, -5, 20))).toEqual({
      trades: 5,
      wins: 2,
      losses: 2,
      winRate: 0.4,
      profitFactor: 50 / 15,
      expectancy: 7,
      expectancyR: 0.7,
      winMean: 25,
      lossMean: -7.5,
    });
  });

  test('know no profit factor without a loss, and one of 0 without a win', () => {
    expect(tradeResults(tradesOf(3, 4)).profitFactor).toBeUndefined();
    expect(tradeResults(tradesOf(-3, -4)).profitFactor).toBe(0);
  });

  test('are undefined without a trade', () => {
    const { trades, winRate, expectancy, expectancyR } = tradeResults([]);
    expect([trades, winRate, expectancy, expectancyR]).toEqual([
      0,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('earn exactly where the profit factor is above 1', () => {
    fc.assert(
      fc.property(someTrades, (trades) => {
        const { profitFactor, expectancy = 0 } = tradeResults(trades);
        if (profitFactor === undefined) return;
        expect(Math.sign(expectancy)).toBe(Math.sign(Number((profitFactor - 1).toFixed(9))));
      }),
    );
  });
});

describe('a split', () => {
  test('has figures per kind, in the order asked for, and no empty kinds', () => {
    const trades = [
      aTrade({ profit: 10, regime: 'volatile' }),
      aTrade({ profit: -5, regime: 'ranging' }),
      aTrade({ profit: -10, regime: 'volatile' }),
    ];
    expect(splitBy(trades, ['choppy', 'ranging', 'volatile'], ({ regime }) => regime)).toEqual([
      { kind: 'ranging', trades: 1, profit: -5, winRate: 0, profitFactor: 0, expectancyR: -0.5 },
      { kind: 'volatile', trades: 2, profit: 0, winRate: 0.5, profitFactor: 1, expectancyR: 0 },
    ]);
  });

  test('sums to all of it', () => {
    fc.assert(
      fc.property(someTrades, (trades) => {
        const rows = splitBy(trades, ['TP_HIT', 'SL_HIT'], ({ closeType }) => closeType);
        const profit = trades.reduce((sum, trade) => sum + trade.profit, 0);
        expect(rows.reduce((sum, row) => sum + row.trades, 0)).toBe(trades.length);
        expect(rows.reduce((sum, row) => sum + row.profit, 0)).toBeCloseTo(profit, 6);
      }),
    );
  });
});

describe('rows of wins and losses', () => {
  test.each([
    [[1, 2, -1, -1, -1, 3], { winning: 2, losing: 3, losingAmount: -3 }],
    [[-1, -1, 5, -9], { winning: 1, losing: 2, losingAmount: -9 }],
    [[-1, 0, -1], { winning: 0, losing: 1, losingAmount: -1 }],
    [[-0.1, -0.2], { winning: 0, losing: 2, losingAmount: -0.3 }],
    [[], { winning: 0, losing: 0, losingAmount: 0 }],
  ])('of %j are %j', (profits, expected) => {
    expect(streaksOf(tradesOf(...profits))).toEqual(expected);
  });
});

describe('the interval of a win rate', () => {
  // Computed by hand from Wilson's formula with z = 1.959964.
  test.each([
    [15, 30, 0.3315, 0.6685],
    [0, 10, 0, 0.2775],
    [10, 10, 0.7225, 1],
    [650, 1_000, 0.6199, 0.6789],
  ])('for %d of %d', (wins, trades, low, high) => {
    const interval = winRateInterval(wins, trades);
    expect(interval?.low).toBeCloseTo(low, 4);
    expect(interval?.high).toBeCloseTo(high, 4);
  });

  test('contains the observed rate, and narrows as trades are added', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (trades, share) => {
          const wins = Math.floor(share * trades);
          const few = winRateInterval(wins, trades);
          const many = winRateInterval(4 * wins, 4 * trades);
          if (!few || !many) throw new Error('there are trades');
          expect(few.low).toBeLessThanOrEqual(wins / trades + 1e-12);
          expect(few.high).toBeGreaterThanOrEqual(wins / trades - 1e-12);
          expect(many.high - many.low).toBeLessThan(few.high - few.low);
        },
      ),
    );
  });

  test('is unknown without a trade', () => {
    expect(winRateInterval(0, 0)).toBeUndefined();
  });
});
