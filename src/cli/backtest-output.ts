/** What is said of a backtest: a summary, a JSON for programs, a page to look at. */
import { accessSync, constants, renameSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { backtestMetrics } from '../backtest/metrics/metrics.ts';
import type { BacktestOutcome } from '../backtest/outcome.ts';
import { backtestHtml } from '../backtest/report/html.ts';
import { backtestJson } from '../backtest/report/json.ts';
import type { RunStamp } from '../backtest/report/run-stamp.ts';
import { backtestSummary } from '../backtest/report/terminal.ts';
import { UsageError } from '../config/usage-error.ts';
import type { Bar } from '../domain/bar.ts';
import type { BacktestOptions } from './backtest.ts';

type Outputs = Pick<BacktestOptions, 'json' | 'html'>;

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

/** The JSON alone where it goes to the standard output, else the summary, too. */
export function writeOutputs(
  { json, html, trials }: Outputs & Pick<BacktestOptions, 'trials'>,
  outcome: BacktestOutcome,
  { bars, stamp }: { readonly bars: readonly Bar[]; readonly stamp: RunStamp },
): void {
  const metrics = backtestMetrics(outcome, trials);
  if (typeof json === 'string') writeWhole(resolve(json), backtestJson(outcome, metrics, stamp));
  if (html !== undefined) {
    writeWhole(resolve(html), backtestHtml({ outcome, metrics, bars, stamp }));
  }
  process.stdout.write(
    json === true
      ? backtestJson(outcome, metrics, stamp)
      : `${backtestSummary(outcome, metrics).join('\n')}\n`,
  );
}

/** The file as it was, or all of this. */
export function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}
