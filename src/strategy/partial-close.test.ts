import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Instrument } from '../domain/instrument.ts';
import type { Side } from '../domain/order.ts';
import { epochMs, price, steps } from '../domain/units.ts';
import { breakevenPrice, isPartialDue, partialVolume } from './partial-close.ts';

const rules = { triggerAtr: 0.6, share: 0.5 };
const quote = { bid: price(1_060), ask: price(1_065), at: epochMs(0) };
const withMinimum = (volumeMin: number) => ({ volumeMin: steps(volumeMin) }) as Instrument;

describe('a partial close', () => {
  test.each<[string, Side, number, number, boolean]>([
    ['a buy that gained 0.6 ATR at the bid', 'buy', 1_000, 100, true],
    ['a buy just below that', 'buy', 1_000.01, 100, false],
    ['a sell that gained 0.6 ATR at the ask', 'sell', 1_125, 100, true],
    ['a sell just below that', 'sell', 1_124.99, 100, false],
    ['a loser', 'buy', 1_200, 100, false],
    ['a trade whose ATR nobody knows', 'buy', 1_000, 0, false],
  ])('of %s', (_name, side, entry, atr, isDue) => {
    expect(isPartialDue({ side, entry, atr }, quote, rules)).toBe(isDue);
  });

  test.each<[number, number, number, number]>([
    [10, 0.5, 1, 5],
    [11, 0.5, 1, 5],
    [3, 0.5, 1, 1],
    [2, 0.5, 1, 1],
    [1, 0.5, 1, 0],
    [10, 0.5, 6, 0], // the part is smaller than the smallest lot
    [10, 0.7, 4, 0], // the rest is
    [10, 0.3, 1, 3], // 10 x 0.3 is 3, not 2.9999999999999996
    [10, 0.99, 1, 9],
  ])('of %i steps at %d, smallest %i, takes %i', (volume, share, volumeMin, part) => {
    expect(partialVolume(steps(volume), { ...rules, share }, withMinimum(volumeMin))).toBe(part);
  });

  test('leaves a position that may stand, or does not happen', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100_000 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.integer({ min: 1, max: 500 }),
        (volume, share, volumeMin) => {
          const part = partialVolume(steps(volume), { ...rules, share }, withMinimum(volumeMin));
          if (part === 0) return;
          expect(part).toBeGreaterThanOrEqual(volumeMin);
          expect(volume - part).toBeGreaterThanOrEqual(volumeMin);
          expect(part).toBeLessThanOrEqual(volume * share + 1e-6);
        },
      ),
    );
  });

  test.each<[Side, number]>([
    ['buy', 1_005],
    ['sell', 995],
  ])('takes the stop of a %s to its entry and the spread', (side, stop) => {
    expect(breakevenPrice({ side, entry: 1_000 }, quote)).toBe(stop);
  });
});
