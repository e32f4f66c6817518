import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Window } from './window.ts';

const series = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), {
  minLength: 6,
  maxLength: 60,
});

/** A window of 6 after all values of a series, and the values that it must hold, oldest first. */
function filled(values: readonly number[]): { window: Window; last: number[] } {
  const window = new Window(6);
  for (const value of values) window.push(value);
  return { window, last: values.slice(-6) };
}

describe('a window', () => {
  test('looks back from the newest value', () => {
    fc.assert(
      fc.property(series, (values) => {
        const { window, last } = filled(values);
        expect([5, 4, 3, 2, 1, 0].map((back) => window.at(back))).toEqual(last);
      }),
    );
  });

  test('sums directly, oldest first, at any age', () => {
    fc.assert(
      fc.property(series, fc.integer({ min: 1, max: 6 }), (values, count) => {
        const { window, last } = filled(values);
        expect(window.sum(count)).toBe(last.slice(-count).reduce((sum, x) => sum + x, 0));
      }),
    );
  });

  test('measures squared distances and the way of its changes', () => {
    const { window } = filled([9, 1, 2, 4, 4, 1, 3]);
    expect(window.squaredDistances(3, 2)).toBe(4 + 1 + 1);
    expect(window.path(5)).toBe(1 + 2 + 0 + 3 + 2);
  });

  test('counts values', () => {
    const { window } = filled([1, 1, -1, 0, 1, -1, -1, 1]);
    expect(window.count(4, -1)).toBe(2);
    expect(window.count(6, -1)).toBe(3);
  });
});
