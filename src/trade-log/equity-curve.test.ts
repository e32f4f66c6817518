import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EquityCurve } from './equity-curve.ts';

const hourMs = 3_600_000;
const monday = Date.UTC(2025, 0, 6);

function aCurve(equities: readonly number[], everyMs = hourMs): EquityCurve {
  const curve = new EquityCurve();
  for (const [index, equity] of equities.entries()) {
    const time = new Date(monday + index * everyMs).toISOString();
    curve.add({ time, balance: 100, equity, margin: 0, currency: 'USD', openPositions: 0 });
  }
  return curve;
}

describe('the curve of equity', () => {
  test('knows where it began and ended, and its largest fall', () => {
    expect(aCurve([100, 120, 90, 110]).summary).toMatchObject({
      first: { equity: 100 },
      last: { equity: 110 },
      currency: 'USD',
      drawdownMax: 0.25,
    });
    expect(new EquityCurve().summary).toBeUndefined();
  });

  test('is summed up by hours while they are few, else by longer periods', () => {
    const quarterHours = aCurve([100, 101, 99, 102, 103, 98], 900_000);
    expect(quarterHours.periods(31)).toEqual([
      { from: monday, balance: 100, equity: 102, low: 99, high: 102, result: 2 },
      { from: monday + hourMs, balance: 100, equity: 98, low: 98, high: 103, result: -4 },
    ]);
    const days = aCurve(Array.from({ length: 24 * 20 }, (_, hour) => 100 + hour)).periods(31);
    expect(days).toHaveLength(20);
    expect(days[1]).toMatchObject({ from: monday + 24 * hourMs, result: 24 });
  });

  test('has results that sum to the whole change, in no more periods than asked for', () => {
    const equities = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(equities, fc.integer({ min: 1, max: 40 }), (values, countMax) => {
        const curve = aCurve(values);
        const periods = curve.periods(countMax);
        expect(periods.length).toBeLessThanOrEqual(countMax);
        const sum = periods.reduce((total, { result }) => total + result, 0);
        expect(sum).toBe((values.at(-1) ?? 0) - (values[0] ?? 0));
      }),
    );
  });

  test('is drawn with the highest value on top, the newest on the right', () => {
    expect(aCurve([100, 120, 110, 90]).chart({ width: 4, height: 4 })).toEqual([
      '120.00 | *',
      '       |  *',
      '       |*',
      ' 90.00 |   *',
    ]);
    expect(aCurve([100, 100]).chart({ width: 3, height: 8 })).toEqual(['100.00 |***']);
  });
});
