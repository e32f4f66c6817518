import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';
import { seededRandom } from './seeded-random.ts';

const backoff = { immediate: 1, minMs: 500, maxMs: 60_000, jitter: 0.2, resetAfterMs: 60_000 };

describe('back-off', () => {
  test.each([
    [0, 0],
    [1, 500],
    [2, 1_000],
    [3, 2_000],
    [8, 60_000],
    [1_000, 60_000],
  ])('after %d restarts in a row is %d ms', (streak, ms) => {
    expect(backoffMs(backoff, streak, 0)).toBe(ms);
  });

  test('is longer by at most its jitter', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 40 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (streak, random) => {
          const plain = backoffMs(backoff, streak, 0);
          const drawn = backoffMs(backoff, streak, random);
          expect(drawn).toBeGreaterThanOrEqual(plain);
          expect(drawn).toBeLessThanOrEqual(plain * 1.2);
        },
      ),
    );
  });

  test('spreads a herd: of 1,000 restarts at 10 s, no 100 ms hold more than 15 %', () => {
    const steep = { ...backoff, immediate: 0, minMs: 10_000 };
    const random = seededRandom(7);
    const buckets = new Map<number, number>();
    for (let count = 0; count < 1_000; count += 1) {
      const bucket = Math.floor(backoffMs(steep, 0, random()) / 100);
      buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
    }
    expect(Math.max(...buckets.values())).toBeLessThan(150);
  });
});
