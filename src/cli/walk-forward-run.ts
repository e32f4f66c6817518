import { join, resolve } from 'node:path';
import { loadPredictions, type Predictions } from '../backtest/load-predictions.ts';
import { type BacktestMetrics, backtestMetrics } from '../backtest/metrics/metrics.ts';
import { runBacktest } from '../backtest/run-backtest.ts';
import { type GateFold, gateFoldCount, gateFolds } from '../backtest/walk-forward/gate-folds.ts';
import { judgeGate } from '../backtest/walk-forward/judge-gate.ts';
import { environment } from '../config/environment.ts';
import { loadConfig } from '../config/load-config.ts';
import { UsageError } from '../config/usage-error.ts';
import { type Bar, timeframeMs } from '../domain/bar.ts';
import { type EpochMs, epochMs } from '../domain/units.ts';
import { FeatureInputError } from '../features/feature-input-error.ts';
import { ModelRejectedError } from '../inference/model-rejected-error.ts';
import { BarFileError } from '../market-data/bar-file-error.ts';
import type { Clock } from '../runtime/clock.ts';
import { type AccountWishes, type BacktestAccount, backtestAccount } from './backtest-account.ts';
import { assertOutputs, writeWhole } from './backtest-output.ts';
import { backtestPeriod } from './backtest-period.ts';
import { loadDetail } from './load-detail.ts';
import { loadM15 } from './load-m15.ts';
import { assertModelsUsable } from './models-usable.ts';
import { ProgressLine } from './progress-line.ts';
import {
  columnsOf,
  type PlayedFold,
  walkForwardJson,
  walkForwardLines,
} from './walk-forward-text.ts';

export type WalkForwardOptions = AccountWishes & {
  readonly data: string;
  readonly config: string;
  readonly models: string;
  readonly state: string;
  readonly cache?: string;
  readonly detail?: readonly string[];
  /** A file, or true for the standard output. */
  readonly json?: string | true;
};

/** Whether the gate was passed. @throws UsageError, ConfigError */
export async function runWalkForward(options: WalkForwardOptions, clock: Clock): Promise<boolean> {
  const startedAt = clock.elapsed();
  const progress = new ProgressLine(clock);
  try {
    assertOutputs(options);
    const load = () => loadConfig(options.config, environment, { replay: true });
    const account = backtestAccount(options, load);
    const folds = await playedFolds(options, account, progress);
    progress.clear();
    const verdict = judgeGate(folds.map(({ metrics }) => columnsOf(metrics)));
    const settings = folds[0]?.outcome.settings ?? account.settings;
    const report = { symbol: options.symbol, settings, folds, verdict };
    const generatedAtMs = epochMs(Math.round(clock.now()));
    const stamp = { generatedAtMs, wallMs: Math.round(clock.elapsed() - startedAt) };
    const json = walkForwardJson(report, stamp);
    if (typeof options.json === 'string') writeWhole(resolve(options.json), json);
    const text = `${walkForwardLines(report).join('\n')}\n`;
    process.stdout.write(options.json === true ? json : text);
    return verdict.isPassed;
  } catch (error) {
    throw isCallersMistake(error) ? new UsageError(error.message, { cause: error }) : error;
  } finally {
    progress.clear();
  }
}

async function playedFolds(
  options: WalkForwardOptions,
  account: BacktestAccount,
  progress: ProgressLine,
): Promise<readonly PlayedFold[]> {
  const { symbol, models: modelsFolder, data } = options;
  const { policy } = account;
  await assertModelsUsable({ modelsFolder, markets: [{ symbol }], accounts: [{ policy }] });
  const { bars, sha256 } = await loadM15(data);
  const detail = await loadDetail(bars, options.detail);
  const predictions = await predictionsOf(options, { account, bars, progress });
  try {
    const trainedUntilMs = epochMs(Date.parse(predictions.manifest.training.train_to));
    const settings = { ...account.settings, dataSha256: sha256, ...detail.settings };
    const labels = { settings, trainedUntilMs };
    const folds: PlayedFold[] = [];
    for (const fold of foldsOf(bars, predictions, trainedUntilMs)) {
      progress.show(`fold ${folds.length + 1} of ${gateFoldCount}`);
      const outcome = await runBacktest(
        {
          ...{ symbol, timeframe: 'M15', bars, predictions: predictions.series, detail },
          ...account,
          ...fold,
          judge: policy.management && predictions.judge,
        },
        labels,
      );
      const metrics: BacktestMetrics = backtestMetrics(outcome);
      folds.push({ outcome, metrics });
    }
    return folds;
  } finally {
    await predictions.release();
  }
}

function predictionsOf(
  { symbol, models, cache, state }: WalkForwardOptions,
  of: {
    readonly account: BacktestAccount;
    readonly bars: readonly Bar[];
    readonly progress: ProgressLine;
  },
): Promise<Predictions> {
  const { account, bars, progress } = of;
  progress.show(`computing the features of ${bars.length} bars`);
  return loadPredictions(
    {
      ...{ bars, symbol, timeframe: 'M15', roundStep: account.roundStep },
      modelFolder: join(models, symbol),
      cacheFolder: cache ?? join(state, 'backtest-cache'),
    },
    (done, rows) => progress.show(`asking the models ${Math.floor((100 * done) / rows)} %`),
  );
}

function foldsOf(
  bars: readonly Bar[],
  { series, manifest }: Predictions,
  trainedUntil: EpochMs,
): readonly GateFold[] {
  const outOfSample = backtestPeriod(bars, { ready: series.first, trainedUntil, oosOnly: true });
  const found = gateFolds(bars, outOfSample, manifest.label.horizon_bars);
  if ('folds' in found) return found.folds;
  const have = outOfSample.last - outOfSample.first + 1;
  const days = Math.ceil((found.missingBars * timeframeMs.M15) / timeframeMs.D1);
  throw new UsageError(
    `${found.missingBars} bars (${days} days) are missing: ${gateFoldCount} folds of four weeks, each ${manifest.label.horizon_bars} bars after what came before, do not fit into the ${have} bars that the models were not trained on`,
  );
}

function isCallersMistake(error: unknown): error is Error {
  return (
    error instanceof BarFileError ||
    error instanceof FeatureInputError ||
    error instanceof ModelRejectedError
  );
}
