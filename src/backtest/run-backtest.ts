/** A period under both orders inside the bar, and what of it depends on them. */

import type { Bar } from '../domain/bar.ts';
import { timeframeMs } from '../domain/bar.ts';
import { type EpochMs, epochMs } from '../domain/units.ts';
import type { BacktestOutcome, BacktestTrade } from './outcome.ts';
import { type BacktestRequest, type PathWatch, type PlayedPath, playPath } from './play-path.ts';
import type { PathTrade } from './trade-ledger.ts';

export type OutcomeLabels = Pick<BacktestOutcome, 'settings'> & {
  /** The end of the data that the models were trained on. */
  readonly trainedUntilMs: EpochMs;
};

export async function runBacktest(
  request: BacktestRequest,
  { settings, trainedUntilMs }: OutcomeLabels,
  watch: PathWatch = {},
): Promise<BacktestOutcome> {
  const { bars, first, last, symbol, timeframe, predictions, terms, deposit, detail } = request;
  const played = last - first + 1;
  const pessimistic = await playPath(request, 'pessimistic', watch);
  const optimistic = await playPath(request, 'optimistic', {
    ...watch,
    onProgress: async (done) => watch.onProgress?.(played + done),
  });
  const period = bars.slice(first, last + 1);
  const fromMs = (period[0] as Bar).openTime;
  return {
    ...{ symbol, timeframe, fromMs },
    toMs: epochMs((period.at(-1) as Bar).openTime + timeframeMs[timeframe]),
    bars: period.length,
    barsWithDetail: detail ? period.filter((bar) => detail.of(bar) !== undefined).length : 0,
    startingBalance: deposit,
    currency: terms.account.currency,
    currencyDigits: terms.account.currencyDigits,
    modelHash: predictions.modelHash,
    isInSample: fromMs < trainedUntilMs,
    ...{ trainedUntilMs, settings },
    pessimistic: compared(pessimistic, optimistic, timeframeMs[timeframe]),
    optimistic: compared(optimistic, pessimistic, timeframeMs[timeframe]),
  };
}

/** A trade depends on the order inside the bar where the other order ends it otherwise, or never begins it. */
function compared(path: PlayedPath, other: PlayedPath, barMs: number) {
  const others = new Map(other.trades.map((trade) => [trade.id, trade]));
  const trades = path.trades.map(
    (trade): BacktestTrade => ({
      ...trade,
      dependsOnPath: !endsAs(trade, others.get(trade.id), barMs),
    }),
  );
  return { ...path, trades };
}

/** When inside its last bar it ends is a matter of the order alone, and of no consequence. */
function endsAs(trade: PathTrade, other: PathTrade | undefined, barMs: number): boolean {
  const barOf = ({ closedAtMs }: PathTrade) => Math.floor(closedAtMs / barMs);
  return (
    other !== undefined &&
    trade.closeType === other.closeType &&
    barOf(trade) === barOf(other) &&
    trade.exitPrice === other.exitPrice &&
    trade.entryPrice === other.entryPrice
  );
}
