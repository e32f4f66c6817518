import { describe, expect, test } from 'vitest';
import { type FoldFigures, judgeGate } from './judge-gate.ts';

const fold = (winRate: number | undefined, profitFactor: number | undefined, trades = 40) => ({
  ...{ trades, winRate, profitFactor },
});
/** Whatever the order of prices inside a bar. */
const alike = (figures: FoldFigures) => ({ pessimistic: figures, optimistic: figures });

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
    const verdict = judgeGate(folds.map(alike));
    expect(verdict.folds.map((each) => each.map(({ limit }) => limit))).toEqual(ofFolds);
    expect(verdict.overall.map(({ limit }) => limit)).toEqual(overall);
    expect(verdict.isPassed).toBe(ofFolds.flat().length + overall.length === 0);
  });

  test.each([
    ['a win rate', fold(0.5, 3), ['win-rate']],
    ['a factor', fold(0.7, 1.1), ['profit-factor']],
    ['nothing, as it had no loss', fold(1, undefined), []],
    ['trades', fold(undefined, undefined, 0), ['trades']],
  ])('is not passed on the better order of prices by %s', (_what, other, limits) => {
    const good = fold(0.7, 3);
    for (const columns of [
      { pessimistic: good, optimistic: other },
      { pessimistic: other, optimistic: good },
    ]) {
      const verdict = judgeGate([columns, alike(good), alike(good)]);
      expect(verdict.folds[0]?.map(({ limit }) => limit)).toEqual(limits);
      expect(verdict.isPassed).toBe(limits.length === 0);
    }
  });

  test('takes each figure of the order in which it is lower', () => {
    const columns = { pessimistic: fold(0.5, 3), optimistic: fold(0.7, 1.1) };
    const [first] = judgeGate([columns, columns, columns]).folds;
    expect(first?.map(({ observed }) => observed)).toEqual([0.5, 1.1]);
  });

  test('says the observed and the allowed number', () => {
    const { folds, overall, profitFactorMedian } = judgeGate(
      [fold(0.4, 1), fold(0.6, 1.9), fold(0.6, 1.9)].map(alike),
    );
    expect(folds[0]?.[0]).toEqual({ limit: 'win-rate', observed: 0.4, allowed: 0.55 });
    expect(overall).toEqual([{ limit: 'profit-factor-median', observed: 1.9, allowed: 2 }]);
    expect(profitFactorMedian).toBe(1.9);
  });
});
