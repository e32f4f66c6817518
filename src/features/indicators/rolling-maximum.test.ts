import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RollingMaximum } from './rolling-maximum.ts';

describe('a rolling maximum', () => {
  test('is the greatest of the newest values, on every bar', () => {
    const series = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(series, fc.integer({ min: 1, max: 12 }), (values, length) => {
        const maximum = new RollingMaximum(length);
        for (const [index, x] of values.entries()) {
          maximum.update(x);
          const window = values.slice(Math.max(0, index - length + 1), index + 1);
          expect(maximum.value).toBe(Math.max(...window));
        }
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['rising', (i: number) => i],
    ['falling', (i: number) => -i],
    ['equal', () => 7],
  ])('holds on a long %s series', (_, value) => {
    const maximum = new RollingMaximum(96);
    for (let i = 0; i < 10_000; i++) maximum.update(value(i));
    const window = Array.from({ length: 96 }, (__, k) => value(9_999 - k));
    expect(maximum.value).toBe(Math.max(...window));
  });
});
