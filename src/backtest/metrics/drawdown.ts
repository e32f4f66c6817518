import { roundTo } from '../../domain/units.ts';
import type { EquityPoint } from '../outcome.ts';

export type Drawdown = {
  /** Largest share of a peak that was gone: 0.1 when a tenth was. */
  readonly share: number;
  /** Largest fall from a peak, in account currency. It need not be the same fall as that of `share`. */
  readonly amount: number;
  /** Longest time from a peak until equity stood at it again, or until the end of the period. */
  readonly longestMs: number;
};

type Marked = Pick<EquityPoint, 'atMs' | 'equity'>;
type Start = { readonly startingBalance: number; readonly fromMs: number };

/** The falls of equity from its highest point so far, the start included: what a close at the end of each bar shows. */
export function drawdownOf(
  points: readonly Marked[],
  { startingBalance, fromMs }: Start,
): Drawdown {
  let peak = { equity: startingBalance, atMs: fromMs };
  let isBelow = false;
  let [share, amount, longestMs] = [0, 0, 0];
  for (const { atMs, equity } of points) {
    const wasBelow = isBelow;
    isBelow = equity < peak.equity;
    if (wasBelow || isBelow) longestMs = Math.max(longestMs, atMs - peak.atMs);
    if (isBelow) {
      amount = Math.max(amount, peak.equity - equity);
      share = Math.max(share, 1 - equity / peak.equity);
    } else peak = { equity, atMs };
  }
  return { share, amount: roundTo(amount, 8), longestMs };
}
