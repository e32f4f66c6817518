import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSpent, type RestartHistory, recordRestart } from './restart-intensity.ts';

const intensity = { restartsMax: 3, windowMs: 5_000 };

function historyOf(moments: readonly number[]): RestartHistory {
  return moments.reduce<RestartHistory>((history, at) => recordRestart(history, at, intensity), []);
}

describe('restart intensity', () => {
  test.each([
    { name: 'as many as allowed', at: [0, 1, 2], spent: false },
    { name: 'one more', at: [0, 1, 2, 3], spent: true },
    { name: 'the first just outside the window', at: [0, 2_000, 4_000, 5_001], spent: false },
    { name: 'the first exactly at its edge', at: [0, 2_000, 4_000, 5_000], spent: true },
    { name: 'a steady trickle', at: [0, 2_501, 5_002, 7_503, 10_004], spent: false },
  ])('$name: spent $spent', ({ at, spent }) => {
    expect(isSpent(historyOf(at), intensity)).toBe(spent);
  });

  test('of zero is spent by the first restart', () => {
    const none = { restartsMax: 0, windowMs: 5_000 };
    expect(isSpent(recordRestart([], 0, none), none)).toBe(true);
  });

  test('is spent exactly when more restarts than allowed lie within one window', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 4_000 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(gaps, (between) => {
        let now = 0;
        const moments = between.map((gap) => {
          now += gap;
          return now;
        });
        const within = moments.filter((at) => now - at <= intensity.windowMs).length;
        const history = historyOf(moments);
        expect(history).toHaveLength(within);
        expect(isSpent(history, intensity)).toBe(within > intensity.restartsMax);
      }),
    );
  });
});
