import { timeframeMs } from '../../domain/bar.ts';
import type { SweepRow } from './sweep-rows.ts';

/** Length of the rolling windows, in calendar days. */
export const surfaceDays = 90;

/** What an account would have earned in 90 days at each least confidence, by the day on which they ended. */
export type Surface = {
  readonly windowDays: number;
  /** Ascending. */
  readonly thresholds: readonly number[];
  /** Last day of each window, `2025-03-31`. */
  readonly days: readonly string[];
  /** Threshold by threshold: cumulative return of each window, a share. */
  readonly returns: readonly (readonly number[])[];
};

/** Of the sets that differ in `min_confidence`; each is one run, whose windows overlap but for a day. */
export function surfaceOf(rows: readonly SweepRow[]): Surface {
  const sets = rows
    .filter(({ override }) => override['min_confidence'] !== undefined)
    .toSorted(
      (a, b) => Number(a.override['min_confidence']) - Number(b.override['min_confidence']),
    );
  const first = sets[0]?.result;
  const windows = Math.max(0, (first?.dayReturns.length ?? 0) - surfaceDays + 1);
  const lastDay = (window: number) =>
    (first?.firstDayMs ?? 0) + (window + surfaceDays - 1) * timeframeMs.D1;
  return {
    windowDays: surfaceDays,
    thresholds: sets.map(({ override }) => Number(override['min_confidence'])),
    days: Array.from({ length: windows }, (_, window) =>
      new Date(lastDay(window)).toISOString().slice(0, 10),
    ),
    returns: sets.map(({ result }) =>
      Array.from({ length: windows }, (_, window) =>
        grown(result.dayReturns.slice(window, window + surfaceDays)),
      ),
    ),
  };
}

function grown(dayReturns: readonly number[]): number {
  return dayReturns.reduce((product, each) => product * (1 + each), 1) - 1;
}
