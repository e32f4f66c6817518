import { timeframeMs } from '../../domain/bar.ts';
import type { EquityPoint } from '../outcome.ts';

/** Equity at the end of one calendar day, UTC. */
export type DailyEquity = {
  /** Midnight at which the day began. */
  readonly dayMs: number;
  readonly balance: number;
  readonly equity: number;
  /** Change since the day before, as a share of it; of the first day, since the start. */
  readonly dayReturn: number;
};

/**
 * Every calendar day of the period, the broken ones at its ends included. A day without a bar (a weekend) stands where
 * the day before ended: its return is 0, and 365 days make a year.
 */
export function dailyEquity(
  points: readonly EquityPoint[],
  startingBalance: number,
): readonly DailyEquity[] {
  const days: DailyEquity[] = [];
  let before = startingBalance;
  points.forEach((point, index) => {
    // A bar that ends at midnight belongs to the day that ends there.
    const dayMs = dayOf(point.atMs - 1);
    const next = points[index + 1];
    if (next && dayOf(next.atMs - 1) === dayMs) return;
    const { balance, equity } = point;
    days.push({ dayMs, balance, equity, dayReturn: before > 0 ? equity / before - 1 : 0 });
    const lastDayMs = next ? dayOf(next.atMs - 1) : dayMs;
    for (let gap = dayMs + timeframeMs.D1; gap < lastDayMs; gap += timeframeMs.D1) {
      days.push({ dayMs: gap, balance, equity, dayReturn: 0 });
    }
    before = equity;
  });
  return days;
}

function dayOf(atMs: number): number {
  return Math.floor(atMs / timeframeMs.D1) * timeframeMs.D1;
}
