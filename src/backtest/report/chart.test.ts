import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scaleOf } from './chart.ts';
import { downsample, priceColumns } from './downsample.ts';
import { axisTextOf, roundTicks, timeTicks } from './ticks.ts';

const span = { fromMs: 0, toMs: 1_000 };
const someSamples = fc
  .array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 400 })
  .map((values) =>
    values.map((value, index) => ({ atMs: (1_000 * index) / values.length, value })),
  );

describe('a downsampled line', () => {
  test('keeps first, lowest, highest and last of a column, in their order', () => {
    const samples = [5, 6, 9, 3, 4, 1, 2].map((value, atMs) => ({ atMs, value }));
    expect(downsample(samples, span, 1).map(({ value }) => value)).toEqual([5, 9, 1, 2]);
  });

  test('loses no extreme and no end, at four samples a column at most', () => {
    fc.assert(
      fc.property(someSamples, fc.integer({ min: 1, max: 50 }), (samples, columns) => {
        const kept = downsample(samples, span, columns);
        const values = samples.map(({ value }) => value);
        const keptValues = kept.map(({ value }) => value);
        expect(kept.length).toBeLessThanOrEqual(4 * columns);
        expect(Math.max(...keptValues)).toBe(Math.max(...values));
        expect(Math.min(...keptValues)).toBe(Math.min(...values));
        expect([kept[0], kept.at(-1)]).toEqual([samples[0], samples.at(-1)]);
      }),
    );
  });
});

describe('the columns of a price', () => {
  test('have the lowest low, the highest high and the last close', () => {
    const bars = [
      { openTime: 0, high: 12, low: 9, close: 10 },
      { openTime: 100, high: 15, low: 8, close: 11 },
      { openTime: 900, high: 20, low: 19, close: 19.5 },
    ];
    expect(priceColumns(bars, span, 3)).toEqual([
      { low: 8, high: 15, close: 11 },
      undefined,
      { low: 19, high: 20, close: 19.5 },
    ]);
  });
});

describe('a scale', () => {
  test('has air above and below, and the past on the left', () => {
    const scale = scaleOf(span, { low: 0, high: 100 });
    expect([scale.x(0), scale.x(1_000)]).toEqual([0, 1_000]);
    expect(scale.y(105)).toBe(0);
    expect(scale.y(-5)).toBe(300);
  });

  test('puts a line without change into the middle', () => {
    expect(scaleOf(span, { low: 7, high: 7 }).y(7)).toBeCloseTo(150, 9);
    expect(scaleOf(span, { low: 0, high: 0 }).y(0)).toBeCloseTo(150, 9);
  });
});

describe('ticks', () => {
  test.each([
    [0, 10, 5, [0, 2, 4, 6, 8, 10]],
    [790, 1_310, 5, [800, 1_000, 1_200]],
    [-0.33, 0, 5, [-0.3, -0.2, -0.1, 0]],
    [5, 5, 5, [5]],
  ])('between %d and %d are round', (low, high, countMax, expected) => {
    const ticks = roundTicks(low, high, countMax);
    expect(ticks.map((tick) => Number(tick.toFixed(6)) + 0)).toEqual(expected);
  });

  test.each([
    [6 / 24, ['00:00', '04:00']],
    [3, ['1 Jan', '2 Jan', '3 Jan', '4 Jan']],
    [60, ['2025', 'Feb 2025', 'Mar 2025']],
    [400, ['2025', 'Apr 2025', 'Jul 2025', 'Oct 2025', '2026']],
    [3_650, ['2025', '2030']],
  ])('of %d days name what people count in', (days, expected) => {
    const fromMs = Date.UTC(2025, 0, 1);
    const ticks = timeTicks({ fromMs, toMs: fromMs + days * 86_400_000 }, 5);
    expect(ticks.map(({ label }) => label)).toEqual(expected);
  });

  test('are as exact as they have to be', () => {
    expect(axisTextOf({ low: 800, high: 1_300 })(1_000)).toBe('1,000');
    expect(axisTextOf({ low: 1.08, high: 1.1 })(1.085)).toBe('1.0850');
  });
});
