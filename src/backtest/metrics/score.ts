import { compound } from './ratios.ts';

/** Fewer trades than this say nothing, and score 0. */
export const tradesMin = 30;
const profitFactorMax = 10;
/** A smaller drawdown counts as this much: luck in a quiet window must not make a score infinite. */
const drawdownMin = 0.005;
/** The window of the published scores. */
const windowDays = 37;

export type Scored = {
  readonly trades: number;
  readonly winRate: number | undefined;
  /** Undefined without a loss: counts as the cap. */
  readonly profitFactor: number | undefined;
  /** Shares: 0.1 is a tenth. */
  readonly totalReturn: number;
  readonly drawdownMax: number;
  readonly sharpe: number | undefined;
  readonly periodMs: number;
};

export type Score = {
  /** WR x PF x (1 + Return) / sqrt(MaxDD), all shares. */
  readonly weekly: number;
  /** The same with the return that 37 days would have had at the period's own pace: windows of other lengths compare. */
  readonly weekly37Days: number;
  /** WR x PF / sqrt(MaxDD in percent): the scale of the product's sweeps, 0.19 to 0.66. Never mix the two. */
  readonly percent: number;
  /** PF x Sharpe x (1 - MaxDD) x ln(1 + trades): published, and fits no published row. For the record only. */
  readonly docs: number | undefined;
};

/** The product's Score: PF counts up to 10, MaxDD from 0.5 %, and under 30 trades it is 0. */
export function scoreOf(scored: Scored): Score {
  const { trades, winRate = 0, totalReturn, sharpe, periodMs } = scored;
  if (trades < tradesMin) return { weekly: 0, weekly37Days: 0, percent: 0, docs: 0 };
  const profitFactor = Math.min(scored.profitFactor ?? profitFactorMax, profitFactorMax);
  const drawdownMax = Math.max(scored.drawdownMax, drawdownMin);
  const quality = (winRate * profitFactor) / Math.sqrt(drawdownMax);
  return {
    weekly: quality * Math.max(0, 1 + totalReturn),
    weekly37Days: quality * compound(totalReturn, windowDays, periodMs),
    percent: (winRate * profitFactor) / Math.sqrt(100 * drawdownMax),
    docs:
      sharpe === undefined
        ? undefined
        : profitFactor * sharpe * (1 - drawdownMax) * Math.log(1 + trades),
  };
}
