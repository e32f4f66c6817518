import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Bar } from '../../domain/bar.ts';
import { epochMs, price } from '../../domain/units.ts';
import { gateFolds } from './gate-folds.ts';

const barMs = 900_000;
const foldMs = 28 * 86_400_000;
const embargo = 48;
const unit = price(1);

/** Bars without gaps, or with every weekend left out. */
function bars(count: number, hasWeekends: boolean): readonly Bar[] {
  const made: Bar[] = [];
  for (let time = Date.UTC(2024, 11, 30); made.length < count; time += barMs) {
    const day = new Date(time).getUTCDay();
    if (!hasWeekends && (day === 0 || day === 6)) continue;
    made.push({
      openTime: epochMs(time),
      open: unit,
      high: unit,
      low: unit,
      close: unit,
      volume: 1,
    });
  }
  return made;
}

const series = [bars(14_000, true), bars(14_000, false)];

describe('the folds of the gate', () => {
  test('are the latest three of four weeks, an embargo before each, or say what is missing', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...series),
        fc.nat(13_000),
        fc.integer({ min: 1, max: 14_000 }),
        (all, first, count) => {
          const last = Math.min(all.length, first + count) - 1;
          const found = gateFolds(all, { first, last }, embargo);
          if ('missingBars' in found) {
            expect(found.missingBars).toBeGreaterThan(0);
            return;
          }
          const { folds } = found;
          expect(folds).toHaveLength(3);
          expect(folds.at(-1)?.last).toBe(last);
          expect(folds[0]?.first).toBeGreaterThanOrEqual(first + embargo);
          folds.forEach((fold, index) => {
            const span = (all[fold.last]?.openTime ?? 0) + barMs - (all[fold.first]?.openTime ?? 0);
            expect(span).toBeLessThanOrEqual(foldMs);
            expect(span).toBeGreaterThan(foldMs - 3 * 86_400_000);
            const before = folds[index - 1];
            if (before) expect(fold.first - before.last).toBe(embargo + 1);
          });
        },
      ),
    );
  });

  test('fit into just as many bars as are said to be missing', () => {
    const needed = 3 * (foldMs / barMs) + 3 * embargo;
    const [all] = series as [readonly Bar[]];
    for (const count of [1, 100, needed - 1]) {
      expect(gateFolds(all, { first: 5_000, last: 4_999 + count }, embargo)).toEqual({
        missingBars: needed - count,
      });
    }
    expect(gateFolds(all, { first: 0, last: 99 }, embargo)).toEqual({ missingBars: needed - 100 });
    expect(gateFolds(all, { first: 5_000, last: 4_999 + needed }, embargo)).toHaveProperty('folds');
  });
});
