import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CalibrationTable, calibrate } from './calibration.ts';

type Recorded = {
  readonly name: string;
  readonly table: CalibrationTable;
  readonly asked: readonly number[];
  readonly answered: readonly number[];
};

/** Written by trainer/tests/recorded_isotonic.py. */
const recorded: readonly Recorded[] = JSON.parse(
  readFileSync(join(import.meta.dirname, 'fixtures', 'isotonic.json.golden'), 'utf8'),
);

/** Any table that the manifest would accept. */
const anyTable = fc
  .uniqueArray(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 })
  .chain((x) =>
    fc.record({
      x: fc.constant(x.toSorted((a, b) => a - b)),
      y: fc
        .array(fc.double({ min: 0, max: 1, noNaN: true }), {
          minLength: x.length,
          maxLength: x.length,
        })
        .map((y) => y.toSorted((a, b) => a - b)),
    }),
  );

describe('a calibration table', () => {
  test.each(recorded)('answers as scikit-learn does: $name', ({ table, asked, answered }) => {
    const differences = asked.map((raw, i) => Math.abs(calibrate(table, raw) - (answered[i] ?? 9)));
    expect(asked.length).toBeGreaterThan(100);
    expect(Math.max(...differences)).toBeLessThanOrEqual(1e-12);
  });

  const table = { x: [0.2, 0.4, 0.8], y: [0.1, 0.1, 0.5] };
  test.each([
    { at: 'below the first point', raw: 0, is: 0.1 },
    { at: 'on the first point', raw: 0.2, is: 0.1 },
    { at: 'on a flat piece', raw: 0.3, is: 0.1 },
    { at: 'on an inner point', raw: 0.4, is: 0.1 },
    { at: 'between two points', raw: 0.6, is: 0.3 },
    { at: 'on the last point', raw: 0.8, is: 0.5 },
    { at: 'above the last point', raw: 1, is: 0.5 },
  ])('is linear between its points and constant outside: $at', ({ raw, is }) => {
    expect(calibrate(table, raw)).toBeCloseTo(is, 14);
  });

  test('never falls and never leaves the range of its points', () => {
    const score = fc.double({ min: -0.5, max: 1.5, noNaN: true });
    fc.assert(
      fc.property(anyTable, score, score, (points, a, b) => {
        const [low, high] = [calibrate(points, Math.min(a, b)), calibrate(points, Math.max(a, b))];
        const halfAnUlp = 1e-12;
        expect(low).toBeLessThanOrEqual(high + halfAnUlp);
        expect(low).toBeGreaterThanOrEqual((points.y[0] as number) - halfAnUlp);
        expect(high).toBeLessThanOrEqual((points.y.at(-1) as number) + halfAnUlp);
      }),
    );
  });

  test('goes through its points', () => {
    fc.assert(
      fc.property(anyTable, (points) => {
        for (const [i, x] of points.x.entries()) {
          expect(calibrate(points, x)).toBeCloseTo(points.y[i] as number, 12);
        }
      }),
    );
  });
});
