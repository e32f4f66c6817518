/** One backtest from its command line to what is written of it. */
import { join } from 'node:path';
import { loadPredictions, type Predictions } from '../backtest/load-predictions.ts';
import type { BacktestOutcome } from '../backtest/outcome.ts';
import { runBacktest } from '../backtest/run-backtest.ts';
import { environment } from '../config/environment.ts';
import { loadConfig } from '../config/load-config.ts';
import { UsageError } from '../config/usage-error.ts';
import type { Bar } from '../domain/bar.ts';
import { epochMs } from '../domain/units.ts';
import { FeatureInputError } from '../features/feature-input-error.ts';
import { ModelRejectedError } from '../inference/model-rejected-error.ts';
import type { BarFile } from '../market-data/bar-file.ts';
import { BarFileError } from '../market-data/bar-file-error.ts';
import type { Clock } from '../runtime/clock.ts';
import type { BacktestOptions } from './backtest.ts';
import { type BacktestAccount, backtestAccount } from './backtest-account.ts';
import { assertOutputs, writeOutputs } from './backtest-output.ts';
import { backtestPeriod } from './backtest-period.ts';
import { loadDetail } from './load-detail.ts';
import { loadM15 } from './load-m15.ts';
import { assertModelsUsable } from './models-usable.ts';
import { ProgressLine } from './progress-line.ts';

const timeframe = 'M15';

export async function runBacktestCommand(options: BacktestOptions, clock: Clock): Promise<void> {
  const startedAt = clock.elapsed();
  const progress = new ProgressLine(clock);
  try {
    assertOutputs(options);
    const load = () => loadConfig(options.config, environment, { replay: true });
    const account = backtestAccount(options, load);
    for (const note of await notesOn(options, account)) process.stderr.write(`models  ${note}\n`);
    progress.show(`reading ${options.data}`);
    const file = await loadM15(options.data);
    const outcome = await outcomeOf(options, { account, file, progress });
    progress.clear();
    const wallMs = Math.round(clock.elapsed() - startedAt);
    const generatedAtMs = epochMs(Math.round(clock.now()));
    const stamp = { generatedAtMs, wallMs };
    writeOutputs(options, outcome, { bars: file.bars, stamp });
  } catch (error) {
    throw isCallersMistake(error) ? new UsageError(error.message, { cause: error }) : error;
  } finally {
    progress.clear();
  }
}

/** What the engine would say before it starts, and what it would refuse. */
function notesOn(
  { models, symbol }: BacktestOptions,
  { policy }: BacktestAccount,
): Promise<readonly string[]> {
  const markets = [{ symbol }];
  return assertModelsUsable({ modelsFolder: models, markets, accounts: [{ policy }] });
}

async function outcomeOf(
  options: BacktestOptions,
  {
    account,
    file: { bars, sha256 },
    progress,
  }: {
    readonly account: BacktestAccount;
    readonly file: BarFile;
    readonly progress: ProgressLine;
  },
): Promise<BacktestOutcome> {
  const { symbol } = options;
  const detail = await loadDetail(bars, options.detail);
  const predictions = await predictionsOf(options, { account, bars, progress });
  try {
    const { series, manifest, judge } = predictions;
    const trainedUntilMs = epochMs(Date.parse(manifest.training.train_to));
    const period = backtestPeriod(bars, {
      ...options,
      ready: series.first,
      trainedUntil: trainedUntilMs,
    });
    const total = 2 * (period.last - period.first + 1);
    return await runBacktest(
      {
        ...{ symbol, timeframe, bars, predictions: series, detail },
        ...account,
        ...period,
        judge: account.policy.management && judge,
      },
      {
        settings: { ...account.settings, dataSha256: sha256, ...detail.settings },
        trainedUntilMs,
      },
      { onProgress: async (done) => progress.show(`deciding ${share(done, total)}`) },
    );
  } finally {
    await predictions.release();
  }
}

function predictionsOf(
  { symbol, models, cache, state }: BacktestOptions,
  {
    account,
    bars,
    progress,
  }: {
    readonly account: BacktestAccount;
    readonly bars: readonly Bar[];
    readonly progress: ProgressLine;
  },
): Promise<Predictions> {
  progress.show(`computing the features of ${bars.length} bars`);
  return loadPredictions(
    {
      ...{ bars, symbol, timeframe, roundStep: account.roundStep },
      modelFolder: join(models, symbol),
      cacheFolder: cache ?? join(state, 'backtest-cache'),
    },
    (done, rows) => progress.show(`asking the models ${share(done, rows)}`),
  );
}

function isCallersMistake(error: unknown): error is Error {
  return (
    error instanceof BarFileError ||
    error instanceof FeatureInputError ||
    error instanceof ModelRejectedError
  );
}

function share(done: number, of: number): string {
  return `${Math.floor((100 * done) / Math.max(1, of))} %`;
}
