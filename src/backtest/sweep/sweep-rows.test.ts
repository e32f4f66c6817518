import { describe, expect, test } from 'vitest';
import { randomBacktest } from '../../../test/random-backtest.ts';
import { pathFigures } from '../metrics/path-figures.ts';
import type { SetOverride } from './grids.ts';
import { heatMap } from './heat-map.ts';
import type { SetResult } from './set-player.ts';
import { surfaceOf } from './surface.ts';
import { type PlayedSet, sweepRows } from './sweep-rows.ts';
import { worseColumn } from './worse-column.ts';

const options = { trials: { count: 1 }, shuffling: { runs: 0, seed: 1 } };

function aResult(seed: number, days = 40): SetResult {
  const { outcome } = randomBacktest({ days, seed });
  const figures = pathFigures(outcome.pessimistic, outcome, options);
  return {
    pessimistic: figures.headline,
    optimistic: pathFigures(outcome.optimistic, outcome, options).headline,
    dayReturns: figures.days.map(({ dayReturn }) => dayReturn),
    firstDayMs: figures.days[0]?.dayMs ?? 0,
  };
}

const withScore = (scoreWeekly: number, override: SetOverride): PlayedSet => {
  const result = aResult(1);
  return {
    ...{ key: JSON.stringify(override), override },
    result: {
      ...result,
      pessimistic: { ...result.pessimistic, scoreWeekly },
      optimistic: { ...result.optimistic, scoreWeekly },
    },
  };
};

describe('the rows of a sweep', () => {
  const sets = [3, 1, 2].map((seed) => ({ key: `${seed}`, override: {}, result: aResult(seed) }));

  test('stand in the order of their Score, whatever order they came in', () => {
    const rows = sweepRows(sets, []);
    const scores = rows.map(({ result: { pessimistic, optimistic } }) =>
      Math.min(pessimistic.scoreWeekly, optimistic.scoreWeekly),
    );
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(rows.map(({ rank }) => rank)).toEqual([1, 2, 3]);
    expect(sweepRows(sets.toReversed(), [])).toEqual(rows);
  });

  test.each(['scoreWeekly', 'totalReturn'] as const)(
    'stand where the worse of their columns puts them, by %s',
    (figure) => {
      const result = aResult(1);
      const set = (key: string, pessimistic: number, optimistic: number): PlayedSet => {
        const even = { scoreWeekly: 0, totalReturn: 0 };
        const of = {
          pessimistic: { ...result.pessimistic, ...even, [figure]: pessimistic },
          optimistic: { ...result.optimistic, ...even, [figure]: optimistic },
        };
        return { ...{ key, override: {} }, result: { ...result, ...of } };
      };
      const rows = sweepRows([set('a', 9, 1), set('b', 2, 2), set('c', 1.5, 9)], []);
      expect(rows.map(({ key }) => key)).toEqual(['b', 'c', 'a']);
      expect(rows.map((row) => worseColumn(row.result))).toEqual([
        ...['pessimistic', 'pessimistic', 'optimistic'],
      ]);
    },
  );

  test('deflate the Sharpe ratio by every set that was tried', () => {
    const results = sets.map(({ result }) => result);
    const many = [...results, ...results, ...results, ...results];
    const deflated = (tried: readonly SetResult[]) =>
      sweepRows(sets, tried)[0]?.deflatedSharpe ?? 0;
    expect(deflated(many)).toBeLessThan(deflated(results));
    expect(deflated(results)).toBeLessThan(deflated(results.slice(0, 1)));
  });
});

describe('the heat map of a sweep', () => {
  test('has the two keys that move the Score most, and the best of each pair', () => {
    const sets = [1, 2].flatMap((a) =>
      [1, 2].flatMap((b) =>
        [1, 2].map((c) => withScore(10 * a + 3 * b + 0.1 * c, { c, b, a, 'x.enabled': a === 1 })),
      ),
    );
    expect(heatMap(sweepRows(sets, []))).toEqual({
      ...{ rowKey: 'a', columnKey: 'b', rows: [1, 2], columns: [1, 2] },
      scores: [
        [13.2, 16.2],
        [23.2, 26.2],
      ],
    });
  });

  test('is one column where one key has several values, and none where none has', () => {
    const one = sweepRows([withScore(1, { a: 1 }), withScore(2, { a: 2 }), withScore(3, {})], []);
    expect(heatMap(one)).toMatchObject({ rowKey: 'a', rows: [1, 2], scores: [[1], [2]] });
    expect(heatMap(one)).not.toHaveProperty('columnKey');
    const single = [withScore(1, { a: 1 }), withScore(2, { a: 2 }), withScore(3, { b: 1 })];
    const apart = heatMap(sweepRows([...single, withScore(9, { b: 2 })], []));
    expect(apart).toMatchObject({ rowKey: 'b', rows: [1, 2], scores: [[3], [9]] });
    expect(apart).not.toHaveProperty('columnKey');
    expect(heatMap(sweepRows([withScore(1, { a: 1 })], []))).toBeUndefined();
  });
});

describe('the surface', () => {
  test('is what each threshold earned in every 90 days, by their last', () => {
    const sets = [0.6, 0.5].map((min_confidence, index) => ({
      key: `${min_confidence}`,
      override: { min_confidence },
      result: aResult(index + 1, 100),
    }));
    const { thresholds, days, returns } = surfaceOf(sweepRows(sets, []));
    const [first] = sets as [(typeof sets)[number]];
    const { dayReturns, firstDayMs } = first.result;
    expect(thresholds).toEqual([0.5, 0.6]);
    expect(days).toHaveLength(dayReturns.length - 89);
    expect(days[0]).toBe(new Date(firstDayMs + 89 * 86_400_000).toISOString().slice(0, 10));
    expect(returns.map((row) => row.length)).toEqual([days.length, days.length]);
    const last = dayReturns.slice(-90).reduce((product, each) => product * (1 + each), 1) - 1;
    expect(returns[1]?.at(-1)).toBeCloseTo(last, 12);
  });
});
