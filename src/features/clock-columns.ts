import { timeframeMs } from '../domain/bar.ts';
import { column } from './schema.ts';

const barMs = timeframeMs.M15;
const hourMs = timeframeMs.H1;
const dayMs = timeframeMs.D1;
const daySeconds = 86_400;

const barsOfDay = Array.from({ length: dayMs / barMs }, (_, bar) => {
  return (2 * Math.PI * ((bar * barMs) / 1_000)) / daySeconds;
});
const sineOfBar = Float64Array.from(barsOfDay, Math.sin);
const cosineOfBar = Float64Array.from(barsOfDay, Math.cos);

const weekdays = Array.from({ length: 7 }, (_, weekday) => (2 * Math.PI * weekday) / 7);
const sineOfWeekday = Float64Array.from(weekdays, Math.sin);
const cosineOfWeekday = Float64Array.from(weekdays, Math.cos);

/** Writes where in its UTC day and week a bar opened. Sessions are fixed hours of UTC: no daylight saving time. */
export function writeClock(out: Float64Array, at: number, openTime: number): void {
  const msOfDay = openTime % dayMs;
  const barOfDay = msOfDay / barMs;
  const weekday = (Math.floor(openTime / dayMs) + 3) % 7; // Monday is 0; 1970-01-01 was a Thursday.
  const hour = Math.floor(msOfDay / hourMs);
  out[at + column.session_hour_sin] = sineOfBar[barOfDay] as number;
  out[at + column.session_hour_cos] = cosineOfBar[barOfDay] as number;
  out[at + column.day_of_week_sin] = sineOfWeekday[weekday] as number;
  out[at + column.day_of_week_cos] = cosineOfWeekday[weekday] as number;
  out[at + column.is_london_session] = hour >= 7 && hour < 16 ? 1 : 0;
  out[at + column.is_ny_session] = hour >= 12 && hour < 21 ? 1 : 0;
  out[at + column.is_asian_session] = hour < 9 ? 1 : 0;
}
