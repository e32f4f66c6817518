import { timeframeMs } from '../../domain/bar.ts';
import type { Drawdown } from './drawdown.ts';
import { momentsOf } from './moments.ts';

const daysPerYear = 365;
/** Deviations below this are the noise of adding floats, and no risk to divide by. */
const leastDeviation = 1e-12;

/**
 * Mean by standard deviation (n - 1) of daily equity returns, times the root of 365; the riskless rate is taken as 0.
 * Undefined under two days and without any spread. W. F. Sharpe, Mutual Fund Performance, Journal of Business (1966).
 */
export function sharpeRatio(dayReturns: readonly number[]): number | undefined {
  const { mean, deviation } = momentsOf(dayReturns);
  return perYear(mean, deviation);
}

/**
 * Mean of daily equity returns by their downside deviation (root of the mean square of what lies under 0, over all
 * days), times the root of 365. Undefined under two days and without a losing day. F. A. Sortino and L. N. Price,
 * Performance Measurement in a Downside Risk Framework, Journal of Investing (1994).
 */
export function sortinoRatio(dayReturns: readonly number[]): number | undefined {
  if (dayReturns.length < 2) return undefined;
  const { mean } = momentsOf(dayReturns);
  const squares = dayReturns.reduce((sum, each) => sum + Math.min(each, 0) ** 2, 0);
  return perYear(mean, Math.sqrt(squares / dayReturns.length));
}

/**
 * Compound return per year by the largest drawdown, both as shares. Undefined without a drawdown.
 * T. W. Young, Calmar Ratio: A Smoother Tool, Futures (1991); here over the whole period instead of three years.
 */
export function calmarRatio(
  totalReturn: number,
  { periodMs, drawdown }: { readonly periodMs: number; readonly drawdown: Drawdown },
): number | undefined {
  if (drawdown.share === 0 || periodMs <= 0) return undefined;
  return (compound(totalReturn, daysPerYear, periodMs) - 1) / drawdown.share;
}

/** Net profit by the largest fall in money. Undefined without a fall. */
export function recoveryFactor(netProfit: number, { amount }: Drawdown): number | undefined {
  return amount > 0 ? netProfit / amount : undefined;
}

/** Growth beyond this comes from a period far too short to compound, and is no number that means anything. */
const growthMax = 1e12;

/** What 1 would have grown to in `days`, had the whole period gone on at its own pace; 0 where all was lost. */
export function compound(totalReturn: number, days: number, periodMs: number): number {
  const growth = Math.max(0, 1 + totalReturn) ** ((days * timeframeMs.D1) / periodMs);
  return Math.min(growth, growthMax);
}

function perYear(mean: number, deviation: number | undefined): number | undefined {
  if (deviation === undefined || deviation < leastDeviation) return undefined;
  return (mean / deviation) * Math.sqrt(daysPerYear);
}
