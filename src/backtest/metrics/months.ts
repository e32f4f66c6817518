import { roundTo } from '../../domain/units.ts';
import type { BacktestTrade } from '../outcome.ts';
import type { DailyEquity } from './daily-equity.ts';

export type MonthFigures = {
  /** `2025-03`, UTC. */
  readonly month: string;
  /** Change of equity, open positions marked; it counts up to the result of the whole period. */
  readonly result: number;
  /** The same as a share of the equity that the month began with. */
  readonly monthReturn: number;
  /** Trades that closed in it. */
  readonly trades: number;
  readonly winRate: number | undefined;
};

/** Every calendar month of the period, the broken ones at its ends included. */
export function monthsOf(
  days: readonly DailyEquity[],
  trades: readonly Pick<BacktestTrade, 'closedAtMs' | 'profit'>[],
  startingBalance: number,
): readonly MonthFigures[] {
  const ends = new Map<string, number>();
  for (const { dayMs, equity } of days) ends.set(monthOf(dayMs), equity);
  const closed = closedIn(trades);
  let before = startingBalance;
  return [...ends].map(([month, equity]) => {
    const ofMonth = closed.get(month) ?? [];
    const result = roundTo(equity - before, 8);
    const monthReturn = before > 0 ? result / before : 0;
    before = equity;
    const wins = ofMonth.filter(({ profit }) => profit > 0).length;
    const winRate = ofMonth.length > 0 ? wins / ofMonth.length : undefined;
    return { month, result, monthReturn, trades: ofMonth.length, winRate };
  });
}

function closedIn<T extends Pick<BacktestTrade, 'closedAtMs'>>(trades: readonly T[]) {
  const closed = new Map<string, T[]>();
  for (const trade of trades) {
    // What closes at midnight belongs to the day that ends there, as its bar does.
    const month = monthOf(trade.closedAtMs - 1);
    const ofMonth = closed.get(month);
    if (ofMonth) ofMonth.push(trade);
    else closed.set(month, [trade]);
  }
  return closed;
}

function monthOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 7);
}
