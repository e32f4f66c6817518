import { momentsOf } from './moments.ts';
import { normalQuantile, normalShare } from './normal.ts';

const eulerMascheroni = 0.5772156649015329;

export type Trials = {
  /** How many configurations were tried before this one was chosen, itself included: 1 = none but this. */
  readonly count: number;
  /**
   * Variance of their Sharpe ratios per day (not per year). Where it is not known: 1 / (n - 1), that of the estimate
   * itself were there nothing to find.
   */
  readonly variance?: number;
};

/** A sample's Sharpe ratio per period and what is needed to judge it. */
export type SharpeSample = {
  readonly count: number;
  readonly sharpe: number;
  readonly skewness: number;
  readonly kurtosis: number;
};

/**
 * Probability that the true Sharpe ratio is above what the best of so many worthless trials would have shown by luck.
 * It allows for the length of the record, its skewness and its fat tails. Undefined under two days and without spread.
 *
 * D. H. Bailey and M. Lopez de Prado, The Deflated Sharpe Ratio, Journal of Portfolio Management 40/5 (2014).
 */
export function deflatedSharpeRatio(
  dayReturns: readonly number[],
  trials: Trials,
): number | undefined {
  const { count, mean, deviation, skewness, kurtosis } = momentsOf(dayReturns);
  if (deviation === undefined || skewness === undefined || kurtosis === undefined) return undefined;
  return deflated({ count, sharpe: mean / deviation, skewness, kurtosis }, trials);
}

export function deflated(
  { count, sharpe, skewness, kurtosis }: SharpeSample,
  { count: trials, variance = 1 / (count - 1) }: Trials,
): number {
  // Never negative, as kurtosis is at least 1 + skewness^2; 0 only where two values are all there is.
  const error = Math.max(1 - skewness * sharpe + ((kurtosis - 1) / 4) * sharpe ** 2, 1e-12);
  const distance = sharpe - luckiestSharpe(trials, variance);
  return normalShare((distance * Math.sqrt(count - 1)) / Math.sqrt(error));
}

/** The Sharpe ratio that the best of so many worthless trials is expected to show. */
function luckiestSharpe(trials: number, variance: number): number {
  if (trials <= 1) return 0;
  const best = (1 - eulerMascheroni) * normalQuantile(1 - 1 / trials);
  return Math.sqrt(variance) * (best + eulerMascheroni * normalQuantile(1 - 1 / (trials * Math.E)));
}
