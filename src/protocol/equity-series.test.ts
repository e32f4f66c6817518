import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { epochMs, money } from '../domain/units.ts';
import { appendEquity } from './equity-series.ts';
import { type EquityPoint, limits } from './fleet.ts';

describe('an equity series', () => {
  test('stays within its limit, in order, and begins and ends where the account did', () => {
    const figures = fc.array(fc.integer({ min: 0, max: 20_000 }), {
      minLength: 1,
      maxLength: 3_000,
      size: 'max',
    });
    fc.assert(
      fc.property(figures, (equities) => {
        const points = equities.map((equity, bar) => point(bar, equity));
        const series = seriesOf(points);
        expect(series.length).toBeLessThanOrEqual(limits.equityPoints);
        expect(series[0]).toEqual(points[0]);
        expect(series.at(-1)).toEqual(points.at(-1));
        expect(series.every(({ at }, i) => i === 0 || at > (series[i - 1]?.at ?? at))).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  test('is as dense in its old part as in its new one', () => {
    const series = seriesOf(Array.from({ length: 20_000 }, (_, bar) => point(bar, 100)));
    const tenths = Array.from({ length: 10 }, (_, tenth) =>
      series.filter(({ at }) => Math.floor(at / 2_000) === tenth),
    );
    expect(Math.min(...tenths.map(({ length }) => length))).toBeGreaterThanOrEqual(10);
  });

  test('keeps a trough that lasted one bar', () => {
    const points = Array.from({ length: 4_000 }, (_, bar) => point(bar, bar === 777 ? 40 : 100));
    expect(seriesOf(points).some(({ equity }) => equity === 40)).toBe(true);
  });

  test('takes the newest word on a moment that is told again', () => {
    const series = seriesOf([point(1, 100), point(2, 90), point(3, 80), point(2, 91)]);
    expect(series.map(({ at, equity }) => [at, equity])).toEqual([
      [1, 100],
      [2, 91],
    ]);
  });
});

function point(at: number, equity: number): EquityPoint {
  return { at: epochMs(at), balance: money(100), equity: money(equity) };
}

function seriesOf(points: readonly EquityPoint[]): readonly EquityPoint[] {
  return points.reduce<readonly EquityPoint[]>(appendEquity, []);
}
