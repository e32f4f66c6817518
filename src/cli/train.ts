/** `novosky train`: from a file of bars to a folder of models, in one go. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { loadConfig } from '../config/load-config.ts';
import { UsageError } from '../config/usage-error.ts';
import type { Bar } from '../domain/bar.ts';
import { type EpochMs, epochMs } from '../domain/units.ts';
import { simulatedSymbols } from '../exchange/instruments.ts';
import { roundStepOf, UnknownRoundStepError } from '../features/round-step.ts';
import { ModelRejectedError } from '../inference/model-rejected-error.ts';
import { loadBars } from '../market-data/bar-file.ts';
import { BarFileError } from '../market-data/bar-file-error.ts';
import { systemClock } from '../runtime/clock.ts';
import { evaluateFolder } from '../training/evaluate-folder.ts';
import { memberParameters } from '../training/parameters.ts';
import {
  ensurePythonEnvironment,
  PythonEnvironmentError,
  trainerFolder,
} from '../training/python-environment.ts';
import { TooFewBarsError, type TrainingRequest, train } from '../training/train.ts';
import { parseLastMoment } from './moment.ts';
import { figuresTable, manifestLines, progressText } from './train-output.ts';

type TrainOptions = {
  readonly data?: string;
  readonly symbol?: string;
  readonly trainTo?: EpochMs;
  readonly out?: string;
  readonly config: string;
  readonly signalRate?: number;
  readonly seed?: number;
  readonly spreadPoints?: number;
  readonly record?: string;
  readonly evaluate?: true;
  readonly environmentOnly?: true;
};

type Job = TrainOptions & { readonly data: string; readonly symbol: string; readonly out: string };

export function trainCommand(): Command {
  return new Command('train')
    .description(
      'Fits the models of a symbol on a file of M15 bars and writes them with a manifest.',
    )
    .option('--data <file>', 'M15 bars: .csv, .csv.gz or .parquet')
    .option('--symbol <symbol>', 'the logical symbol, for example BTCUSD')
    .option(
      '--train-to <time>',
      'no bar that closes later is looked at, UTC; a date means its whole day',
      parseLastMoment,
    )
    .option('--out <folder>', 'where the models go (default: models/SYMBOL)')
    .option(
      '--config <folder>',
      'stop and target multiples, horizon and training values come from here',
      'config',
    )
    .option('--signal-rate <fraction>', 'share of bars that should become signals', parseRate)
    .option('--seed <number>', 'of everything that draws', parseWhole)
    .option(
      '--spread-points <number>',
      'spread that the labels pay (default: the usual one of the symbol)',
      parseWhole,
    )
    .option(
      '--record <file>',
      'also writes 1,000 test rows with the answers of the Python libraries',
    )
    .option(
      '--evaluate',
      'trains nothing: measures the models in --out on the bars after their --train-to',
    )
    .option('--environment-only', "only makes the trainer's Python environment")
    .addHelpText(
      'after',
      `
Needs Python 3.11 or newer; the packages go into an environment of their own (trainer/.venv) on first use. The bars
are split by time: 70 % fit, 15 % calibrate, 15 % test, 48 bars left out between them. The folder appears whole at the
end or stays as it was. Bars after --train-to are only used to measure the finished models.

  $ novosky train --data btcusd_m15.csv.gz --symbol BTCUSD --train-to 2024-12-31
  $ novosky train --data btcusd_m15.csv.gz --symbol BTCUSD --evaluate`,
    )
    .action(runTrain);
}

async function runTrain(options: TrainOptions): Promise<void> {
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort(new Error('interrupted'));
  process.once('SIGINT', onInterrupt);
  try {
    if (options.environmentOnly)
      say(`Python of the trainer: ${await environment(interrupt.signal)}`);
    else await trainOrEvaluate(jobOf(options), interrupt.signal);
  } catch (error) {
    throw isCallersMistake(error) ? new UsageError(error.message, { cause: error }) : error;
  } finally {
    process.removeListener('SIGINT', onInterrupt);
  }
}

async function trainOrEvaluate(job: Job, signal: AbortSignal): Promise<void> {
  if (!job.evaluate) assertReplaceable(job.out);
  const { bars } = await loadM15(job.data);
  if (!job.evaluate) await trainModels(job, bars, signal);
  const later = await evaluateFolder({ folder: job.out, symbol: job.symbol, bars });
  if (later === undefined) {
    if (job.evaluate)
      throw new UsageError(`${job.data} has no settled bar after the models' --train-to`);
    return;
  }
  say('');
  for (const line of figuresTable(`out of sample, ${later.from} to ${later.to}`, later.figures))
    say(line);
}

async function trainModels(job: Job, bars: readonly Bar[], signal: AbortSignal): Promise<void> {
  const request = requestOf(job, bars);
  // Only now: making the environment may take minutes, and a wrong symbol is known at once.
  const python = await environment(signal);
  const startedAt = systemClock.elapsed();
  const manifest = await train({
    ...request,
    python,
    tell: (progress) => {
      const seconds = ((systemClock.elapsed() - startedAt) / 1_000).toFixed(1).padStart(6);
      say(`${seconds} s  ${progressText(progress)}`);
    },
    signal,
  });
  for (const line of manifestLines(job.out, manifest)) say(line);
}

function requestOf(job: Job, bars: readonly Bar[]): Omit<TrainingRequest, 'python' | 'tell'> {
  const config = loadConfig(job.config, {}, { replay: true });
  return {
    symbol: job.symbol,
    bars,
    dataFile: job.data,
    ...(job.trainTo !== undefined && { trainTo: job.trainTo }),
    out: job.out,
    createdAt: epochMs(systemClock.now()),
    roundStep: roundStepOf(job.symbol, config.ml.roundSteps[job.symbol]),
    label: {
      horizonBars: config.ml.labelHorizonBars,
      stopAtrMultiplier: config.dynamicSltp.slAtrMultiplier,
      targetAtrMultiplier: config.dynamicSltp.tpAtrMultiplier,
      spread: spreadOf(job),
    },
    signalRate: job.signalRate ?? config.ml.signalRate,
    seed: job.seed ?? config.ml.trainingSeed,
    recencyHalfLifeDays: config.ml.recencyHalfLifeDays,
    members: memberParameters,
    trainer: trainerFolder,
    ...(job.record !== undefined && { recordFile: job.record }),
  };
}

function environment(signal: AbortSignal): Promise<string> {
  return ensurePythonEnvironment({ trainer: trainerFolder, tell: say, signal });
}

function jobOf(options: TrainOptions): Job {
  const { data, symbol } = options;
  if (data === undefined || symbol === undefined) {
    throw new UsageError('train needs --data FILE and --symbol SYMBOL');
  }
  return { ...options, data, symbol, out: options.out ?? join('models', symbol) };
}

/** The folder is replaced whole, so it must be one of ours, or not be there. */
function assertReplaceable(out: string): void {
  if (!existsSync(out) || readdirSync(out).length === 0) return;
  if (existsSync(join(out, 'manifest.json'))) return;
  throw new UsageError(`${out} holds other files than models: choose another folder with --out`);
}

async function loadM15(path: string): ReturnType<typeof loadBars> {
  const file = await loadBars(path);
  if (file.timeframe === 'M15') return file;
  throw new UsageError(`${path}: training needs M15 bars, these are ${file.timeframe}`);
}

/** In price units. */
function spreadOf({ symbol, spreadPoints }: Job): number {
  const instrument = simulatedSymbols[symbol]?.instrument;
  if (instrument === undefined) {
    const known = Object.keys(simulatedSymbols).join(', ');
    throw new UsageError(`the usual spread of ${symbol} is not known, only those of ${known}`);
  }
  return (spreadPoints ?? instrument.spreadPoints) * instrument.point;
}

function isCallersMistake(error: unknown): error is Error {
  return (
    error instanceof BarFileError ||
    error instanceof UnknownRoundStepError ||
    error instanceof TooFewBarsError ||
    error instanceof PythonEnvironmentError ||
    error instanceof ModelRejectedError
  );
}

function parseRate(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 0.5) return value;
  throw new InvalidArgumentError('It must be a fraction above 0, at most 0.5.');
}

function parseWhole(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
