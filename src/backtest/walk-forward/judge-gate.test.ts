import { describe, expect, test } from 'vitest';
import { judgeGate } from './judge-gate.ts';

const fold = (winRate: number | undefined, profitFactor: number | undefined, trades = 40) => ({
  ...{ trades, winRate, profitFactor },
});

describe('the gate', () => {
  test.each([
    ['all at their limits', [fold(0.55, 1.8), fold(0.55, 2), fold(0.6, 2.4)], [[], [], []], []],
    [
      'one win rate too low',
      [fold(0.549, 3), fold(0.7, 3), fold(0.7, 3)],
      [['win-rate'], [], []],
      [],
    ],
    [
      'one factor too low',
      [fold(0.7, 3), fold(0.7, 1.34), fold(0.7, 3)],
      [[], ['profit-factor'], []],
      [],
    ],
    [
      'both too low, and the median',
      [fold(0.5, 1), fold(0.7, 1.9), fold(0.7, 3)],
      [['win-rate', 'profit-factor'], [], []],
      ['profit-factor-median'],
    ],
    [
      'the median alone',
      [fold(0.6, 1.9), fold(0.6, 1.9), fold(0.6, 9)],
      [[], [], []],
      ['profit-factor-median'],
    ],
    [
      'a fold without a trade',
      [fold(undefined, undefined, 0), fold(0.7, 3), fold(0.7, 3)],
      [['trades'], [], []],
      [],
    ],
    ['a fold without a loss', [fold(1, undefined), fold(0.7, 1.9), fold(0.7, 3)], [[], [], []], []],
    [
      'a fold that only broke even',
      [fold(0, undefined), fold(0.7, 3), fold(0.7, 3)],
      [['win-rate', 'profit-factor'], [], []],
      [],
    ],
  ])('sees %s', (_what, folds, ofFolds, overall) => {
    const verdict = judgeGate(folds);
    expect(verdict.folds.map((each) => each.map(({ limit }) => limit))).toEqual(ofFolds);
    expect(verdict.overall.map(({ limit }) => limit)).toEqual(overall);
    expect(verdict.isPassed).toBe(ofFolds.flat().length + overall.length === 0);
  });

  test('says the observed and the allowed number', () => {
    const { folds, overall, profitFactorMedian } = judgeGate([
      fold(0.4, 1),
      fold(0.6, 1.9),
      fold(0.6, 1.9),
    ]);
    expect(folds[0]?.[0]).toEqual({ limit: 'win-rate', observed: 0.4, allowed: 0.55 });
    expect(overall).toEqual([{ limit: 'profit-factor-median', observed: 1.9, allowed: 2 }]);
    expect(profitFactorMedian).toBe(1.9);
  });
});
