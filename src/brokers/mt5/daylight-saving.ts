/** `new-york`: the server's clock moves with that of New York, as at brokers whose day ends at 17:00 there. */
export type DaylightSaving = 'none' | 'new-york';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/**
 * By how much summer time moves a clock at a moment, in milliseconds: 0 or one hour. In New York it lasts from the
 * second Sunday of March, 2:00 standard time (07:00 UTC), to the first Sunday of November, 2:00 summer time
 * (06:00 UTC): Energy Policy Act of 2005, section 110.
 */
export function summerTimeMs(rule: DaylightSaving, utcMs: number): number {
  if (rule === 'none') return 0;
  const year = new Date(utcMs).getUTCFullYear();
  const start = sundayOf(year, 2, 2) + 7 * hourMs;
  const end = sundayOf(year, 10, 1) + 6 * hourMs;
  return utcMs >= start && utcMs < end ? hourMs : 0;
}

/** Midnight UTC of the `nth` Sunday of a month (0 is January). */
function sundayOf(year: number, month: number, nth: number): number {
  const first = Date.UTC(year, month, 1);
  const daysToSunday = (7 - new Date(first).getUTCDay()) % 7;
  return first + (daysToSunday + 7 * (nth - 1)) * dayMs;
}
