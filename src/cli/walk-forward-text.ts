/** The gate's answer, for people and for programs. */
import type { BacktestMetrics } from '../backtest/metrics/metrics.ts';
import type { BacktestOutcome } from '../backtest/outcome.ts';
import { changeText, groupedText, percentText } from '../backtest/report/figure-text.ts';
import type { RunStamp } from '../backtest/report/run-stamp.ts';
import {
  type GateVerdict,
  gateLimits,
  type Shortfall,
  worseFigures,
} from '../backtest/walk-forward/judge-gate.ts';
import { table } from './table.ts';

export type PlayedFold = { readonly outcome: BacktestOutcome; readonly metrics: BacktestMetrics };

export type WalkForwardReport = {
  readonly symbol: string;
  readonly settings: BacktestOutcome['settings'];
  readonly folds: readonly PlayedFold[];
  readonly verdict: GateVerdict;
};

/** A fold's figures under both orders of prices inside a bar. */
export function columnsOf({ pessimistic, optimistic }: BacktestMetrics) {
  return { pessimistic: pessimistic.headline, optimistic: optimistic.headline };
}

export function walkForwardLines({ symbol, folds, verdict }: WalkForwardReport): readonly string[] {
  const heads = ['fold', 'from', 'to', 'bars', 'trades', 'WR', 'PF', 'MaxDD', 'return', 'verdict'];
  const rows = folds.map(({ outcome, metrics }, index) => {
    const { pessimistic, optimistic } = columnsOf(metrics);
    const { trades, winRate, profitFactor } = worseFigures({ pessimistic, optimistic });
    const drawdownMax = Math.max(pessimistic.drawdownMax, optimistic.drawdownMax);
    const totalReturn = Math.min(pessimistic.totalReturn, optimistic.totalReturn);
    return [
      String(index + 1),
      minuteOf(outcome.fromMs),
      minuteOf(outcome.toMs),
      groupedText(outcome.bars, 0),
      groupedText(trades, 0),
      winRate === undefined ? '–' : percentText(winRate),
      factorText(profitFactor),
      percentText(drawdownMax),
      changeText(totalReturn),
      verdictText(verdict.folds[index] ?? []),
    ];
  });
  const { winRateMin, profitFactorMin, profitFactorMedianMin } = gateLimits;
  return [
    `${symbol} walk-forward gate: each fold WR ${percentText(winRateMin, 0)} and PF ${profitFactorMin}, median PF ${profitFactorMedianMin}`,
    ...table([heads, ...rows]),
    'each figure by the order of prices inside a bar in which it is worse',
    `median PF ${groupedText(Math.min(verdict.profitFactorMedian, 1e6), 2)}: ${verdictText(verdict.overall)}`,
    verdict.isPassed ? 'PASSED' : 'NOT PASSED: keep the models that are traded now',
  ];
}

/** What had no loss has no factor. */
function factorText(factor: number | undefined): string {
  return factor === undefined || factor === Number.POSITIVE_INFINITY ? '–' : groupedText(factor, 2);
}

function verdictText(shortfalls: readonly Shortfall[]): string {
  if (shortfalls.length === 0) return 'passed';
  return shortfalls.map(({ limit }) => `${limit} too low`).join(', ');
}

/** Only `generatedAt` and `wallMs` differ between two runs. A factor without a loss is null. */
export function walkForwardJson(report: WalkForwardReport, stamp: RunStamp): string {
  const { symbol, settings, folds, verdict } = report;
  const content = {
    ...{ symbol, isPassed: verdict.isPassed, limits: gateLimits },
    profitFactorMedian: verdict.profitFactorMedian,
    shortfalls: verdict.overall,
    folds: folds.map(({ outcome, metrics }, index) => ({
      from: new Date(outcome.fromMs).toISOString(),
      to: new Date(outcome.toMs).toISOString(),
      ...{ bars: outcome.bars, barsWithDetail: outcome.barsWithDetail },
      isPassed: verdict.folds[index]?.length === 0,
      shortfalls: verdict.folds[index],
      ...columnsOf(metrics),
    })),
    settings,
    generatedAt: new Date(stamp.generatedAtMs).toISOString(),
    wallMs: stamp.wallMs,
  };
  return `${JSON.stringify(content, (_key, value) => (value === undefined ? null : value), 2)}\n`;
}

function minuteOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 16).replace('T', ' ');
}
