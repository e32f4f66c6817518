import { describe, expect, test } from 'vitest';
import { Bollinger } from './bollinger.ts';
import { Window } from './window.ts';

function bandsOf(values: readonly number[]): Bollinger {
  const closes = new Window(21);
  for (const value of values) closes.push(value);
  const bands = new Bollinger();
  bands.update(closes);
  return bands;
}

describe('Bollinger bands', () => {
  test('stand two population deviations around the mean of 20', () => {
    const bands = bandsOf([1_000, ...Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 9 : 11))]);
    expect(bands.upper).toBeCloseTo(12, 12);
    expect(bands.lower).toBeCloseTo(8, 12);
    expect(bands.width).toBeCloseTo(0.4, 12);
  });

  test.each([100.1, 1.17, 1e8 + 0.1, 1e-8])('have no width in a market that stands at %d', (x) => {
    expect(bandsOf(Array.from({ length: 21 }, () => x)).width).toBe(0);
  });

  test('see a deviation far smaller than the price', () => {
    const values = Array.from({ length: 20 }, (_, i) => 1e8 + (i % 2 === 0 ? 0.0625 : -0.0625));
    const bands = bandsOf(values);
    expect(bands.upper - bands.lower).toBeCloseTo(0.25, 6);
  });
});
