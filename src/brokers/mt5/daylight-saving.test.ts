import { describe, expect, test } from 'vitest';
import { summerTimeMs } from './daylight-saving.ts';

describe('summer time in New York', () => {
  test.each([
    ['2024-03-10T06:59:59Z', 0],
    ['2024-03-10T07:00:00Z', 3_600_000],
    ['2024-11-03T05:59:59Z', 3_600_000],
    ['2024-11-03T06:00:00Z', 0],
    ['2025-03-09T07:00:00Z', 3_600_000],
    ['2025-11-02T06:00:00Z', 0],
    ['2026-03-08T06:59:59Z', 0],
    ['2026-03-08T07:00:00Z', 3_600_000],
    ['2026-11-01T06:00:00Z', 0],
    ['2026-01-01T00:00:00Z', 0],
    ['2026-07-01T00:00:00Z', 3_600_000],
  ])('at %s moves the clock by %i ms', (moment, moved) => {
    expect(summerTimeMs('new-york', Date.parse(moment))).toBe(moved);
    expect(summerTimeMs('none', Date.parse(moment))).toBe(0);
  });

  test('agrees with the time zone database on every day of fifty years', () => {
    const hour = new Intl.DateTimeFormat('en-US', {
      timeZone: 'America/New_York',
      hour: 'numeric',
      hourCycle: 'h23',
    });
    for (let day = Date.UTC(2007, 5, 1, 12); day < Date.UTC(2057, 0, 1); day += 86_400_000) {
      const isSummer = Number(hour.format(day)) === 8;
      expect(summerTimeMs('new-york', day) > 0).toBe(isSummer);
    }
  });
});
