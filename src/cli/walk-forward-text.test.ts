import { describe, expect, test } from 'vitest';
import { randomBacktest } from '../../test/random-backtest.ts';
import { backtestMetrics } from '../backtest/metrics/metrics.ts';
import { judgeGate } from '../backtest/walk-forward/judge-gate.ts';
import { epochMs } from '../domain/units.ts';
import { columnsOf, walkForwardJson, walkForwardLines } from './walk-forward-text.ts';

const folds = [1, 2, 3].map((seed) => {
  const { outcome } = randomBacktest({ days: 28, seed });
  return { outcome, metrics: backtestMetrics(outcome) };
});
const figures = folds.map(({ metrics }) => columnsOf(metrics));
const good = figures.map(({ pessimistic, optimistic }) => ({
  pessimistic: { ...pessimistic, winRate: 0.6, profitFactor: 2.5 },
  optimistic: { ...optimistic, winRate: 0.7, profitFactor: 3 },
}));
const bad = good.map(({ pessimistic, optimistic }, index) => ({
  pessimistic,
  optimistic: index === 1 ? { ...optimistic, winRate: 0.5 } : optimistic,
}));
const reportOf = (judged: typeof good) => ({
  ...{ symbol: 'BTCUSD', settings: { leverage: 500 }, folds, verdict: judgeGate(judged) },
});
const stamp = { generatedAtMs: epochMs(0), wallMs: 5 };

describe('the answer of the gate', () => {
  test('has a verdict for each fold, for the median, and for all', () => {
    const lines = walkForwardLines(reportOf(bad));
    expect(lines[0]).toBe('BTCUSD walk-forward gate: each fold WR 55 % and PF 1.8, median PF 2');
    expect(lines[2]).toMatch(/^ +1 .* passed$/);
    expect(lines[3]).toMatch(/^ +2 .* win-rate too low$/);
    expect(lines.slice(-3, -2)).toEqual([
      'each figure by the order of prices inside a bar in which it is worse',
    ]);
    expect(lines.slice(-2)).toEqual([
      'median PF 2.50: passed',
      'NOT PASSED: keep the models that are traded now',
    ]);
    expect(walkForwardLines(reportOf(good)).at(-1)).toBe('PASSED');
  });

  test('tells programs the same, with the numbers', () => {
    const told = JSON.parse(walkForwardJson(reportOf(bad), stamp));
    expect(told).toMatchObject({
      isPassed: false,
      profitFactorMedian: 2.5,
      limits: { winRateMin: 0.55, profitFactorMin: 1.8, profitFactorMedianMin: 2 },
      folds: [
        { isPassed: true, shortfalls: [] },
        {
          isPassed: false,
          shortfalls: [{ limit: 'win-rate', observed: 0.5, allowed: 0.55 }],
        },
        { isPassed: true },
      ],
    });
    expect(told.folds[0].pessimistic.trades).toBe(figures[0]?.pessimistic.trades);
    expect(told.folds[0].optimistic.trades).toBe(figures[0]?.optimistic.trades);
    expect(JSON.parse(walkForwardJson(reportOf(good), stamp)).isPassed).toBe(true);
  });
});
