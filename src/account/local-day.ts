import type { EpochMs } from '../domain/units.ts';
import type { AccountPolicy } from './policy.ts';

const dayMs = 86_400_000;
/** 1970-01-01 was a Thursday: three days after the Monday of its week. */
const daysSinceMonday = 3;

type Place = Pick<AccountPolicy, 'dayOffsetMs' | 'dayZone'>;

/** The number of the account's local day that a moment of market time lies in; UTC without a policy. */
export function dayOf(at: EpochMs, place: Place | undefined): number {
  if (place?.dayZone !== undefined) return dayInZone(at, place.dayZone);
  return Math.floor((at + (place?.dayOffsetMs ?? 0)) / dayMs);
}

/** The number of the local week, which begins on Monday. */
export function weekOf(at: EpochMs, place: Place | undefined): number {
  return Math.floor((dayOf(at, place) + daysSinceMonday) / 7);
}

/** By the calendar of a time zone, so that a day of daylight saving has 23 or 25 hours. */
function dayInZone(at: EpochMs, zone: string): number {
  const parts = calendarOf(zone).formatToParts(at);
  const part = (type: 'year' | 'month' | 'day') =>
    Number(parts.find((each) => each.type === type)?.value);
  return Date.UTC(part('year'), part('month') - 1, part('day')) / dayMs;
}

/** Making one takes longer than all that an account decides about a bar. */
const calendars = new Map<string, Intl.DateTimeFormat>();

function calendarOf(zone: string): Intl.DateTimeFormat {
  const known = calendars.get(zone);
  if (known) return known;
  const calendar = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
  });
  calendars.set(zone, calendar);
  return calendar;
}
