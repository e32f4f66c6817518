/** Figures that are drawn from the curve of equity. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aTrade, equityPoints } from '../../../test/backtest-builder.ts';
import { timeframeMs } from '../../domain/bar.ts';
import { dailyEquity } from './daily-equity.ts';
import { drawdownOf } from './drawdown.ts';
import { monthsOf } from './months.ts';
import { calmarRatio, recoveryFactor, sharpeRatio, sortinoRatio } from './ratios.ts';

const fromMs = Date.UTC(2025, 0, 1);
const hourMs = timeframeMs.H1;
const dayMs = timeframeMs.D1;
const start = { startingBalance: 100, fromMs };
const hourly = (...equities: number[]) => equityPoints(equities, hourMs);
const someEquities = fc.array(fc.double({ min: 1, max: 1_000, noNaN: true }), {
  minLength: 1,
  maxLength: 80,
});

describe('the largest drawdown', () => {
  test.each([
    // From 120 to 90 is a quarter; from 200 to 160 is less of it and more in money.
    [[120, 90, 200, 160, 210], { share: 0.25, amount: 40, longestMs: 2 * hourMs }],
    // The start is a peak, too.
    [[80, 100], { share: 0.2, amount: 20, longestMs: 2 * hourMs }],
    // It is not over at the end.
    [[110, 99, 105, 108], { share: 0.1, amount: 11, longestMs: 3 * hourMs }],
    [[101, 101, 102], { share: 0, amount: 0, longestMs: 0 }],
    [[], { share: 0, amount: 0, longestMs: 0 }],
  ])('of %j from 100 is %j', (equities, { share, ...expected }) => {
    const drawdown = drawdownOf(hourly(...equities), start);
    expect(drawdown).toMatchObject(expected);
    expect(drawdown.share).toBeCloseTo(share, 12);
  });

  test('never shrinks as bars are added, and is none of a curve that only rises', () => {
    fc.assert(
      fc.property(someEquities, (equities) => {
        const before = drawdownOf(hourly(...equities.slice(0, -1)), start);
        const after = drawdownOf(hourly(...equities), start);
        expect(after.share).toBeGreaterThanOrEqual(before.share);
        expect(after.amount).toBeGreaterThanOrEqual(before.amount);
        expect(after.longestMs).toBeGreaterThanOrEqual(before.longestMs);
        const rising = equities.map((each) => 100 + each).sort((a, b) => a - b);
        expect(drawdownOf(hourly(...rising), start).share).toBe(0);
      }),
    );
  });

  test('is the same share for an account of any size', () => {
    fc.assert(
      fc.property(someEquities, (equities) => {
        const doubled = { startingBalance: 200, fromMs };
        const share = drawdownOf(hourly(...equities), start).share;
        const scaled = hourly(...equities.map((each) => 2 * each));
        expect(drawdownOf(scaled, doubled).share).toBeCloseTo(share, 12);
      }),
    );
  });
});

describe('equity by day', () => {
  test('gives the bar that ends at midnight to the day that ends there', () => {
    const points = equityPoints([110, 99], dayMs / 2).concat(
      equityPoints([0, 0, 198], dayMs / 2).slice(2),
    );
    const days = dailyEquity(points, 100);
    expect(days.map((day) => [new Date(day.dayMs).toISOString().slice(0, 10), day.equity])).toEqual(
      [
        ['2025-01-01', 99],
        ['2025-01-02', 198],
      ],
    );
    expect(days[0]?.dayReturn).toBeCloseTo(-0.01, 12);
    expect(days[1]?.dayReturn).toBeCloseTo(1, 12);
  });

  test('lets a day without a bar stand where the day before ended', () => {
    const [friday, monday] = [equityPoints([110], dayMs), equityPoints([0, 0, 0, 121], dayMs)];
    const days = dailyEquity([...friday, ...monday.slice(3)], 100);
    expect(days.map(({ equity }) => equity)).toEqual([110, 110, 110, 121]);
    expect(days[2]?.dayReturn).toBe(0);
    expect(days[3]?.dayReturn).toBeCloseTo(0.1, 12);
  });

  test('compounds to the return of the whole period', () => {
    fc.assert(
      fc.property(someEquities, (equities) => {
        const days = dailyEquity(hourly(...equities), 100);
        const grown = days.reduce((product, day) => product * (1 + day.dayReturn), 100);
        expect(grown / (equities.at(-1) as number)).toBeCloseTo(1, 9);
      }),
    );
  });
});

describe('equity by month', () => {
  test('says result, return, trades and win rate of each', () => {
    const days = dailyEquity(
      equityPoints(
        Array.from({ length: 40 }, (_, day) => 100 + day),
        dayMs,
      ),
      100,
    );
    const trades = [
      aTrade({ profit: 10, closedAtMs: fromMs + dayMs }),
      aTrade({ profit: -1, closedAtMs: fromMs + 2 * dayMs }),
      aTrade({ profit: 5, closedAtMs: fromMs + 31 * dayMs }),
      aTrade({ profit: 5, closedAtMs: fromMs + 31 * dayMs + 1 }),
    ];
    expect(monthsOf(days, trades, 100)).toEqual([
      { month: '2025-01', result: 30, monthReturn: 0.3, trades: 3, winRate: 2 / 3 },
      { month: '2025-02', result: 9, monthReturn: 9 / 130, trades: 1, winRate: 1 },
    ]);
  });

  test('counts up to the result of the whole period', () => {
    fc.assert(
      fc.property(someEquities, (equities) => {
        const days = dailyEquity(equityPoints(equities, dayMs), 100);
        const sum = monthsOf(days, [], 100).reduce((total, { result }) => total + result, 100);
        expect(sum).toBeCloseTo(equities.at(-1) as number, 5);
      }),
    );
  });
});

describe('ratios of daily returns', () => {
  // Mean 0.005; sample variance (0.015^2 + 0.025^2 + 0.005^2 + 0.005^2) / 3 = 0.0003; downside 0.02^2 / 4.
  const returns = [0.02, -0.02, 0.01, 0.01];

  test('are what one computes by hand', () => {
    expect(sharpeRatio(returns)).toBeCloseTo((0.005 / Math.sqrt(0.0003)) * Math.sqrt(365), 10);
    expect(sortinoRatio(returns)).toBeCloseTo((0.005 / 0.01) * Math.sqrt(365), 10);
  });

  test.each([[[]], [[0.01]], [[0.01, 0.01, 0.01]]])('are undefined for %j', (few) => {
    expect(sharpeRatio(few)).toBeUndefined();
    expect(sortinoRatio(few)).toBeUndefined();
  });

  test('do not change with the size of the bets', () => {
    const someReturns = fc.array(fc.double({ min: -0.2, max: 0.2, noNaN: true }), {
      minLength: 2,
      maxLength: 50,
    });
    fc.assert(
      fc.property(someReturns, (some) => {
        const [once, twice] = [some, some.map((each) => 2 * each)].map(sharpeRatio);
        if (once === undefined || twice === undefined) return;
        expect(twice - once).toBeCloseTo(0, 6);
      }),
    );
  });
});

describe('ratios of drawdowns', () => {
  const drawdown = { share: 0.1, amount: 40, longestMs: 0 };

  test('are what one computes by hand', () => {
    // 10 % in half a year is 21 % a year.
    const halfYear = { periodMs: 182.5 * dayMs, drawdown };
    expect(calmarRatio(0.1, halfYear)).toBeCloseTo(2.1, 10);
    expect(calmarRatio(-1.5, halfYear)).toBeCloseTo(-10, 10);
    expect(recoveryFactor(100, drawdown)).toBe(2.5);
  });

  test('stay numbers over a period that is far too short', () => {
    expect(calmarRatio(2, { periodMs: hourMs, drawdown })).toBeCloseTo(1e13, -2);
  });

  test('are undefined where nothing was lost', () => {
    const none = { share: 0, amount: 0, longestMs: 0 };
    expect(calmarRatio(0.1, { periodMs: dayMs, drawdown: none })).toBeUndefined();
    expect(recoveryFactor(100, none)).toBeUndefined();
  });
});
