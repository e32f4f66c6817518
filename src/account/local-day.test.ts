import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { epochMs } from '../domain/units.ts';
import { dayOf, weekOf } from './local-day.ts';

const hourMs = 3_600_000;
const at = (moment: string) => epochMs(Date.parse(moment));
const newYork = { dayOffsetMs: 0, dayZone: 'America/New_York' };
const dayNumber = (date: string) => Date.parse(`${date}T00:00:00Z`) / (24 * hourMs);

describe('a local day', () => {
  test.each([
    ['in winter', '2025-01-10T04:59:59.999Z', '2025-01-09'],
    ['in winter', '2025-01-10T05:00:00Z', '2025-01-10'],
    ['in summer', '2025-07-10T03:59:59.999Z', '2025-07-09'],
    ['in summer', '2025-07-10T04:00:00Z', '2025-07-10'],
    ['on the day that has 23 hours', '2025-03-10T03:59:59.999Z', '2025-03-09'],
    ['after the day that has 23 hours', '2025-03-10T04:00:00Z', '2025-03-10'],
    ['on the day that has 25 hours', '2025-11-03T04:59:59.999Z', '2025-11-02'],
    ['after the day that has 25 hours', '2025-11-03T05:00:00Z', '2025-11-03'],
  ])('begins at the midnight of its zone %s', (_, moment, date) => {
    expect(dayOf(at(moment), newYork)).toBe(dayNumber(date));
  });

  test('is that of its offset where no zone is named', () => {
    const jakarta = { dayOffsetMs: 7 * hourMs };
    expect(dayOf(at('2025-01-09T16:59:59.999Z'), jakarta)).toBe(dayNumber('2025-01-09'));
    expect(dayOf(at('2025-01-09T17:00:00Z'), jakarta)).toBe(dayNumber('2025-01-10'));
  });

  test('is the same by zone and by offset where a zone has no daylight saving', () => {
    const moment = fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2040, 0) });
    fc.assert(
      fc.property(moment, (time) => {
        expect(dayOf(epochMs(time), { dayOffsetMs: 0, dayZone: 'Asia/Jakarta' })).toBe(
          dayOf(epochMs(time), { dayOffsetMs: 7 * hourMs }),
        );
      }),
    );
  });

  test('never comes before an earlier one', () => {
    const moment = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2030, 0) });
    fc.assert(
      fc.property(moment, fc.integer({ min: 0, max: 50 * hourMs }), (time, more) => {
        const step = dayOf(epochMs(time + more), newYork) - dayOf(epochMs(time), newYork);
        expect(step).toBeGreaterThanOrEqual(0);
        expect(step).toBeLessThanOrEqual(3);
      }),
    );
  });
});

test('a local week begins on Monday', () => {
  const week = weekOf(at('2025-01-06T05:00:00Z'), newYork);
  expect(weekOf(at('2025-01-06T04:59:59.999Z'), newYork)).toBe(week - 1);
  expect(weekOf(at('2025-01-13T04:59:59.999Z'), newYork)).toBe(week);
  expect(weekOf(at('2025-01-13T05:00:00Z'), newYork)).toBe(week + 1);
});
