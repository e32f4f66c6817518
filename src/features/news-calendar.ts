import { timeframeMs } from '../domain/bar.ts';
import { column } from './schema.ts';

const minuteMs = timeframeMs.M1;
const dayMs = timeframeMs.D1;
const barMs = timeframeMs.M15;
const horizonMinutes = 720;
const countMax = 10;
const riskBeforeMs = 60 * minuteMs;
const riskAfterMs = 15 * minuteMs;

/** Scheduled events around a bar. Without events all four columns are 0. */
export class NewsCalendar {
  readonly #times: Float64Array;
  readonly #blockMs: number;

  /** @param times when the events happen, past and future, in any order */
  constructor(times: readonly number[], blockMinutes: number) {
    this.#times = Float64Array.from(times).sort();
    this.#blockMs = blockMinutes * minuteMs;
  }

  /** Writes the news columns of the bar that opened at `openTime`, seen from its close. */
  write(out: Float64Array, at: number, openTime: number): void {
    if (this.#times.length === 0) {
      out.fill(0, at + column.is_news_near, at + column.is_news_risk_window + 1);
      return;
    }
    const closeTime = openTime + barMs;
    const untilMs = this.#untilNearest(closeTime);
    const dayStart = Math.floor(openTime / dayMs) * dayMs;
    const today = this.#before(dayStart + dayMs) - this.#before(dayStart);
    out[at + column.is_news_near] = Math.abs(untilMs) <= this.#blockMs ? 1 : 0;
    out[at + column.news_minutes_away] = nearness(untilMs / minuteMs);
    out[at + column.news_count_today] = Math.min(today, countMax) / countMax;
    out[at + column.is_news_risk_window] = this.#isRisky(closeTime) ? 1 : 0;
  }

  /** Milliseconds until the nearest event, negative when it is over; of two equally near ones the coming one. */
  #untilNearest(now: number): number {
    const next = this.#before(now);
    const untilNext = (this.#times[next] ?? Number.POSITIVE_INFINITY) - now;
    const sinceLast = now - (this.#times[next - 1] ?? Number.NEGATIVE_INFINITY);
    return untilNext <= sinceLast ? untilNext : -sinceLast;
  }

  #isRisky(now: number): boolean {
    const first = this.#times[this.#before(now - riskAfterMs)] ?? Number.POSITIVE_INFINITY;
    return first <= now + riskBeforeMs;
  }

  /** How many events happen before `time`. */
  #before(time: number): number {
    let low = 0;
    let high = this.#times.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#times[middle] as number) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** 1 at the event, falling to 0 twelve hours away; negative after it. */
function nearness(minutesUntil: number): number {
  const distance = Math.abs(minutesUntil);
  if (distance >= horizonMinutes) return 0;
  return (minutesUntil >= 0 ? 1 : -1) * (1 - distance / horizonMinutes);
}
