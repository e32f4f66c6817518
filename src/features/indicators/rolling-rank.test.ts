import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RollingRank } from './rolling-rank.ts';

/** The definition: how many are smaller, how many are equal, the value itself included. */
function rankOf(window: readonly number[]): number {
  const newest = window.at(-1) as number;
  const smaller = window.filter((value) => value < newest).length;
  const equal = window.filter((value) => value === newest).length;
  return smaller + (equal + 1) / 2;
}

const ties = fc.integer({ min: -3, max: 3 });
const noTies = fc.double({ noNaN: true });

describe('a rolling rank', () => {
  test.each([
    ['many ties', ties],
    ['hardly any ties', noTies],
  ])('equals its definition on every bar, with %s', (_, value) => {
    const series = fc.array(value, { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(series, fc.integer({ min: 1, max: 12 }), (values, length) => {
        const rank = new RollingRank(length);
        for (const [index, x] of values.entries()) {
          rank.update(x);
          expect(rank.isReady).toBe(index >= length - 1);
          expect(rank.value).toBe(rankOf(values.slice(Math.max(0, index - length + 1), index + 1)));
        }
      }),
      { numRuns: 300 },
    );
  });

  test('shares the mean rank among equals', () => {
    const rank = new RollingRank(500);
    for (let i = 0; i < 700; i++) rank.update(1.25);
    expect(rank.value / 500).toBe(0.501);
  });
});
