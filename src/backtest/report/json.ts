import { figureGroups } from '../metrics/figure-definitions.ts';
import type { BacktestMetrics } from '../metrics/metrics.ts';
import type { PathFigures } from '../metrics/path-figures.ts';
import type { BacktestOutcome, BacktestPath, BacktestTrade, DecisionCounts } from '../outcome.ts';
import type { RunStamp } from './run-stamp.ts';

/** The same of both orders inside the bar. */
type Ranged<T> = { readonly pessimistic: T; readonly optimistic: T };

/**
 * A backtest for programs. Two runs give the same text but for `generatedAt` and `wallMs`: keys stand in one order,
 * figures are not rounded, and nothing of the machine is in it. `null` stands where a figure has nothing to divide by.
 */
export function backtestJson(
  outcome: BacktestOutcome,
  metrics: BacktestMetrics,
  { generatedAtMs, wallMs }: RunStamp,
): string {
  const { symbol, timeframe, bars, barsWithDetail, startingBalance, currency } = outcome;
  const ofPaths = <T>(part: (path: BacktestPath) => T) => ranged(outcome, part);
  const ofFigures = <T>(part: (figures: PathFigures) => T) => ranged(metrics, part);
  const report = {
    ...{ symbol, timeframe, from: moment(outcome.fromMs), to: moment(outcome.toMs) },
    ...{ bars, barsWithDetail, startingBalance, currency },
    modelHash: outcome.modelHash,
    isInSample: outcome.isInSample,
    trainedUntil: outcome.trainedUntilMs === undefined ? undefined : moment(outcome.trainedUntilMs),
    settings: sorted(outcome.settings),
    warnings: metrics.warnings,
    trials: metrics.trials,
    figures: figuresOf(metrics),
    decisions: ofPaths(({ decisions }) => decisionsOf(decisions)),
    months: ofFigures(({ months }) => months),
    rDistribution: ofFigures(({ rDistribution }) => rDistribution),
    bySide: ofFigures(({ bySide }) => bySide),
    byCloseType: ofFigures(({ byCloseType }) => byCloseType),
    byRegime: ofFigures(({ byRegime }) => byRegime),
    bySession: ofFigures(({ bySession }) => bySession),
    shuffled: ofFigures(({ shuffled }) => shuffled),
    days: ofFigures(({ days }) => days.map(({ dayMs, ...day }) => ({ day: dayOf(dayMs), ...day }))),
    trades: ofPaths(({ trades }) => trades.map(tradeOf)),
    generatedAt: moment(generatedAtMs),
    wallMs,
  };
  return `${JSON.stringify(report, (_key, value) => (value === undefined ? null : value), 2)}\n`;
}

function ranged<P, T>({ pessimistic, optimistic }: Ranged<P>, part: (path: P) => T): Ranged<T> {
  return { pessimistic: part(pessimistic), optimistic: part(optimistic) };
}

function figuresOf(metrics: BacktestMetrics) {
  const keys = figureGroups.flatMap(({ figures }) => figures.map(({ key }) => key));
  const rangeOf = (key: keyof PathFigures['headline']) =>
    ranged(metrics, ({ headline }) => headline[key]);
  return Object.fromEntries(keys.map((key) => [key, rangeOf(key)]));
}

function decisionsOf({ entered, held, denied }: DecisionCounts): DecisionCounts {
  return { entered, held: sorted(held), denied: sorted(denied) };
}

function tradeOf(trade: BacktestTrade) {
  const { id, symbol, side, openedAtMs, closedAtMs, closeType, closeDetail, ...figures } = trade;
  const { entryPrice, exitPrice, lots, profit, fees, swap, riskAmount, rMultiple } = figures;
  const { maeR, mfeR, regime, session, dependsOnPath } = figures;
  return {
    ...{ id, symbol, side, openTime: moment(openedAtMs), closeTime: moment(closedAtMs) },
    ...{ lots, entryPrice, exitPrice, closeType, closeDetail },
    ...{ profit, fees, swap, riskAmount, rMultiple },
    ...{ maeR, mfeR, regime, session, dependsOnPath },
  };
}

/** Keys in the order of their letters, whatever order they were found in. */
function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function moment(atMs: number): string {
  return new Date(atMs).toISOString();
}

function dayOf(atMs: number): string {
  return moment(atMs).slice(0, 10);
}
