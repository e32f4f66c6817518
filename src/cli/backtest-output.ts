/** What is said of a backtest: a summary, a JSON for programs. */
import { accessSync, constants, renameSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type BacktestMetrics, backtestMetrics } from '../backtest/metrics/metrics.ts';
import type { BacktestOutcome } from '../backtest/outcome.ts';
import { UsageError } from '../config/usage-error.ts';
import type { BarFile } from '../market-data/bar-file.ts';
import type { BacktestOptions } from './backtest.ts';

type Outputs = Pick<BacktestOptions, 'json' | 'html'>;

/** What stands beside the outcome. */
export type OutputFacts = {
  readonly file: Pick<BarFile, 'sha256'>;
  readonly wallMs: number;
  /** Wall time. */
  readonly now: number;
};

/** @throws UsageError where a file could not be written: better before the work than after it */
export function assertOutputs({ json, html }: Outputs): void {
  for (const path of [json, html]) {
    if (typeof path !== 'string') continue;
    try {
      accessSync(dirname(resolve(path)), constants.W_OK | constants.X_OK);
    } catch (cause) {
      const reason = (cause as Error).message;
      throw new UsageError(`${path} cannot be written: ${reason}`, { cause });
    }
  }
}

export function writeOutputs(
  { json }: Outputs,
  outcome: BacktestOutcome,
  facts: OutputFacts,
): void {
  const metrics = backtestMetrics(outcome);
  const text = () => `${JSON.stringify(backtestJson(outcome, metrics, facts), undefined, 2)}\n`;
  if (typeof json === 'string') writeWhole(resolve(json), text());
  process.stdout.write(json === true ? text() : summaryOf(outcome, metrics));
}

/** The same input gives the same, but for `generatedAt` and `wallMs`. */
export function backtestJson(
  outcome: BacktestOutcome,
  metrics: BacktestMetrics,
  { file, wallMs, now }: OutputFacts,
) {
  const { fromMs, toMs, trainedUntilMs, pessimistic, optimistic, ...facts } = outcome;
  return {
    generatedAt: isoOf(now),
    wallMs: Math.round(wallMs),
    ...facts,
    from: isoOf(fromMs),
    to: isoOf(toMs),
    ...(trainedUntilMs !== undefined && { trainedUntil: isoOf(trainedUntilMs) }),
    dataSha256: file.sha256,
    warnings: metrics.warnings,
    trials: metrics.trials,
    pessimistic: pathJson(pessimistic, metrics.pessimistic),
    optimistic: pathJson(optimistic, metrics.optimistic),
  };
}

function pathJson(
  { trades, decisions, openPositions }: BacktestOutcome['pessimistic'],
  figures: BacktestMetrics['pessimistic'],
) {
  return {
    ...figures,
    decisions,
    openPositions,
    trades: trades.map(({ openedAtMs, closedAtMs, ...trade }) => ({
      ...trade,
      openedAt: isoOf(openedAtMs),
      closedAt: isoOf(closedAtMs),
    })),
  };
}

function summaryOf({ bars, fromMs, toMs, currency }: BacktestOutcome, metrics: BacktestMetrics) {
  const { trades, netProfit } = metrics.pessimistic.headline;
  const lines = [
    ...metrics.warnings.map(({ text }) => text),
    `${bars} bars from ${isoOf(fromMs)} to ${isoOf(toMs)}`,
    `${trades} trades, ${netProfit} ${currency} (optimistic: ${metrics.optimistic.headline.netProfit})`,
  ];
  return `${lines.join('\n')}\n`;
}

function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

function isoOf(time: number): string {
  return new Date(time).toISOString();
}
