import type { CloseType } from '../../domain/account-event.ts';
import { roundTo } from '../../domain/units.ts';
import { regimes } from '../../strategy/regime.ts';
import { tradingHours } from '../market-state.ts';
import type { BacktestOutcome, BacktestPath, BacktestTrade } from '../outcome.ts';
import { type DailyEquity, dailyEquity } from './daily-equity.ts';
import { deflatedSharpeRatio, type Trials } from './deflated-sharpe.ts';
import { drawdownOf } from './drawdown.ts';
import { type MonthFigures, monthsOf } from './months.ts';
import { median } from './quantile.ts';
import { type RDistribution, rDistribution } from './r-histogram.ts';
import { calmarRatio, recoveryFactor, sharpeRatio, sortinoRatio } from './ratios.ts';
import { scoreOf } from './score.ts';
import { type ShuffledTrades, type Shuffling, shuffledTrades } from './shuffled-trades.ts';
import { type SplitRow, splitBy } from './split.ts';
import { streaksOf } from './streaks.ts';
import { sumOf } from './sum.ts';
import { tradeResults } from './trade-results.ts';
import { winRateInterval } from './win-rate-interval.ts';

type FigureOptions = { readonly trials: Trials; readonly shuffling: Shuffling };

/** Everything that is said of one path. What each figure means stands in `figure-definitions.ts`. */
export type PathFigures = {
  readonly headline: Headline;
  readonly months: readonly MonthFigures[];
  readonly days: readonly DailyEquity[];
  readonly rDistribution: RDistribution;
  readonly bySide: readonly SplitRow[];
  readonly byCloseType: readonly SplitRow[];
  readonly byRegime: readonly SplitRow[];
  readonly bySession: readonly SplitRow[];
  readonly shuffled: ShuffledTrades | undefined;
};

/** One number each. Undefined where there is nothing to divide by. */
export type Headline = ReturnType<typeof headlineOf>;

type Period = Pick<BacktestOutcome, 'startingBalance' | 'fromMs' | 'toMs'>;

export function pathFigures(
  path: BacktestPath,
  period: Period,
  { trials, shuffling }: FigureOptions,
): PathFigures {
  const { trades, equity } = path;
  const { startingBalance } = period;
  const days = dailyEquity(equity, startingBalance);
  return {
    headline: headlineOf(path, period, { days, trials }),
    months: monthsOf(days, trades, startingBalance),
    days,
    rDistribution: rDistribution(trades),
    bySide: splitBy(trades, ['buy', 'sell'], ({ side }) => side),
    byCloseType: splitBy(trades, closeTypes, closeNameOf),
    byRegime: splitBy(trades, regimes, ({ regime }) => regime),
    bySession: splitBy(trades, tradingHours, ({ session }) => session),
    shuffled: shuffledTrades(trades, startingBalance, shuffling),
  };
}

const closeTypes: readonly string[] = [
  ...(['TP_HIT', 'SL_HIT'] satisfies CloseType[]),
  'SL_HIT (BE)',
  ...(['ML_EXIT', 'MANUAL', 'EXTERNAL', 'STOP_OUT'] satisfies CloseType[]),
];

function closeNameOf({ closeType, closeDetail }: BacktestTrade): string {
  return closeDetail === undefined ? closeType : `${closeType} (${closeDetail})`;
}

function headlineOf(
  path: BacktestPath,
  period: Period,
  { days, trials }: { readonly days: readonly DailyEquity[]; readonly trials: Trials },
) {
  const { trades, equity } = path;
  const results = tradeResults(trades);
  const dayReturns = days.map(({ dayReturn }) => dayReturn);
  const money = moneyOf(path, period);
  const sharpe = sharpeRatio(dayReturns);
  const periodMs = period.toMs - period.fromMs;
  const drawdown = drawdownOf(equity, period);
  const { totalReturn, netProfit } = money;
  const { winRate, profitFactor } = results;
  const scored = { trades: trades.length, winRate, profitFactor, totalReturn, sharpe, periodMs };
  const score = scoreOf({ ...scored, drawdownMax: drawdown.share });
  const interval = winRateInterval(results.wins, trades.length);
  const streaks = streaksOf(trades);
  return {
    ...money,
    ...results,
    winRateLow: interval?.low,
    winRateHigh: interval?.high,
    drawdownMax: drawdown.share,
    drawdownMaxAmount: drawdown.amount,
    drawdownLongestMs: drawdown.longestMs,
    sharpe,
    sharpeDays: days.length,
    sortino: sortinoRatio(dayReturns),
    calmar: calmarRatio(totalReturn, { periodMs, drawdown }),
    recoveryFactor: recoveryFactor(netProfit, drawdown),
    deflatedSharpe: deflatedSharpeRatio(dayReturns, trials),
    scoreWeekly: score.weekly,
    scoreWeekly37Days: score.weekly37Days,
    scorePercent: score.percent,
    scoreDocs: score.docs,
    exposure: meanOf(equity, ({ hasPosition }) => Number(hasPosition)),
    heldMsMean: meanOf(trades, ({ openedAtMs, closedAtMs }) => closedAtMs - openedAtMs),
    maeRMedian: median(trades.map(({ maeR }) => maeR)),
    mfeRMedian: median(trades.map(({ mfeR }) => mfeR)),
    streakWinning: streaks.winning,
    streakLosing: streaks.losing,
    streakLosingAmount: streaks.losingAmount,
    pathDependent: meanOf(trades, ({ dependsOnPath }) => Number(dependsOnPath)),
  };
}

function moneyOf({ trades, equity, openPositions }: BacktestPath, { startingBalance }: Period) {
  const equityEnd = equity.at(-1)?.equity ?? startingBalance;
  return {
    totalReturn: equityEnd / startingBalance - 1,
    netProfit: roundTo(equityEnd - startingBalance, 8),
    equityEnd: equityEnd as number,
    fees: sumOf(trades, ({ fees }) => fees),
    swap: sumOf(trades, ({ swap }) => swap),
    openPositions,
  };
}

function meanOf<T>(items: readonly T[], of: (item: T) => number): number | undefined {
  return items.length > 0
    ? items.reduce((sum, item) => sum + of(item), 0) / items.length
    : undefined;
}
