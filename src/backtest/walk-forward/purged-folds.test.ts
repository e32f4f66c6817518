import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LabelledTimes, type PurgedFold, purgedFolds } from './purged-folds.ts';

const barMs = 900_000;
const embargoMs = 48 * barMs;

/** Bars with holes, labels of any length up to the horizon. */
const data = fc
  .array(
    fc.record({ gap: fc.integer({ min: 1, max: 5 }), label: fc.integer({ min: 1, max: 48 }) }),
    {
      minLength: 1,
      maxLength: 400,
    },
  )
  .map((rows): LabelledTimes => {
    let open = 0;
    const openTimes = rows.map(({ gap }) => {
      open += gap * barMs;
      return open;
    });
    return {
      openTimes,
      settledAt: openTimes.map((time, row) => time + (rows[row]?.label ?? 1) * barMs),
    };
  });
const options = fc.record({
  folds: fc.integer({ min: 1, max: 8 }),
  embargoMs: fc.constant(embargoMs),
  train: fc.constantFrom('before' as const, 'around' as const),
});

/** What a fold's test rows and their labels look at. */
function reach({ openTimes, settledAt }: LabelledTimes, { test: fold }: PurgedFold) {
  const settled = settledAt.slice(fold.first, fold.last + 1);
  return { from: openTimes[fold.first] ?? 0, to: Math.max(...settled) };
}

function foldsOf(times: LabelledTimes, wanted: Parameters<typeof purgedFolds>[1]) {
  return purgedFolds(times, wanted).filter(({ test: { first, last } }) => first <= last);
}

describe('purged folds', () => {
  test('train on no row whose label touches the fold, nor on one within the embargo after it', () => {
    fc.assert(
      fc.property(data, options, (times, wanted) => {
        for (const fold of foldsOf(times, wanted)) {
          const { from, to } = reach(times, fold);
          const isClear = (row: number) =>
            (times.settledAt[row] ?? 0) <= from || (times.openTimes[row] ?? 0) >= to + embargoMs;
          expect(fold.train.every(isClear)).toBe(true);
        }
      }),
    );
  });

  test('leave out no other row, and take later ones only where they are wanted', () => {
    fc.assert(
      fc.property(data, options, (times, wanted) => {
        for (const fold of foldsOf(times, wanted)) {
          const { from, to } = reach(times, fold);
          const older = times.settledAt.flatMap((settled, row) =>
            settled <= from && row < fold.test.first ? [row] : [],
          );
          const newer = times.openTimes.flatMap((open, row) =>
            open >= to + embargoMs ? [row] : [],
          );
          expect(fold.train).toEqual(wanted.train === 'around' ? [...older, ...newer] : older);
        }
      }),
    );
  });

  test('test every row once', () => {
    fc.assert(
      fc.property(data, options, (times, wanted) => {
        const tested = purgedFolds(times, wanted).flatMap(({ test: { first, last } }) =>
          Array.from({ length: last - first + 1 }, (_, index) => first + index),
        );
        expect(tested).toEqual(times.openTimes.map((_, row) => row));
      }),
    );
  });
});
