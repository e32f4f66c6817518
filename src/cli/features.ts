/** `novosky features`: the 62 features of a file of bars, as a table. */
import { Command, InvalidArgumentError } from 'commander';
import { UsageError } from '../config/usage-error.ts';
import type { Bar } from '../domain/bar.ts';
import { type EpochMs, epochMs } from '../domain/units.ts';
import { FeatureInputError } from '../features/feature-input-error.ts';
import { type FeatureMatrix, featureMatrix } from '../features/feature-matrix.ts';
import { roundStepOf, UnknownRoundStepError } from '../features/round-step.ts';
import { featureNames } from '../features/schema.ts';
import { type BarFile, loadBars } from '../market-data/bar-file.ts';
import { BarFileError } from '../market-data/bar-file-error.ts';
import { type TableColumn, writeCsv, writeParquet } from '../market-data/table-file.ts';
import { parseLastMoment, parseMoment } from './moment.ts';

type FeaturesOptions = {
  readonly data: string;
  readonly symbol: string;
  readonly out: string;
  readonly from?: EpochMs;
  readonly to?: EpochMs;
  readonly roundStep?: number;
};

/** What the operating system says when --out names a place where nothing can be written. */
const wrongPlaces = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'EPERM', 'EROFS']);

export function featuresCommand(): Command {
  return new Command('features')
    .description('Computes the 62 features of every M15 bar of a file and writes them to a table.')
    .requiredOption('--data <file>', 'M15 bars: .csv, .csv.gz or .parquet')
    .requiredOption('--symbol <symbol>', 'the logical symbol, for example BTCUSD')
    .requiredOption('--out <file>', 'the table to write: .csv or .parquet')
    .option('--from <time>', 'first bar to write, UTC', parseMoment)
    .option('--to <time>', 'last bar to write, UTC; a date means its whole day', parseLastMoment)
    .option('--round-step <price>', 'distance between round prices of the symbol', parsePositive)
    .addHelpText(
      'after',
      `
Columns: time (unix seconds of the bar's open, UTC), then the features in the order that models take them. Every bar
of the file is fed from the first one on, also with --from: indicators remember where a series began.

  $ novosky features --data btcusd_m15.csv.gz --symbol BTCUSD --from 2025-01-01 --out features.parquet`,
    )
    .action(runFeatures);
}

async function runFeatures(options: FeaturesOptions): Promise<void> {
  if (!/\.(csv|parquet)$/.test(options.out)) {
    throw new UsageError(`--out must end in .csv or .parquet, was ${options.out}`);
  }
  try {
    await writeFeatures(options);
  } catch (error) {
    throw isCallersMistake(error) ? new UsageError(error.message, { cause: error }) : error;
  } finally {
    progress('');
  }
}

async function writeFeatures(options: FeaturesOptions): Promise<void> {
  const roundStep = roundStepOf(options.symbol, options.roundStep);
  progress(`reading ${options.data}`);
  const file = await loadM15(options.data);
  progress(`computing ${file.bars.length} bars`);
  const matrix = featureMatrix(file.bars, { roundStep });
  const { columns, rows } = tableOf(file.bars, matrix, options);
  if (rows === 0) throw new UsageError(emptyReason(file.bars, matrix, options));
  progress(`writing ${options.out}`);
  writeTable(options.out, columns);
  progress('');
  if (file.gaps.length > 0) process.stdout.write(`${gapsLine(file)}\n`);
  process.stdout.write(`${rows} rows of ${matrix.columns} features written to ${options.out}\n`);
}

async function loadM15(path: string): Promise<BarFile> {
  const file = await loadBars(path);
  if (file.timeframe === 'M15') return file;
  throw new UsageError(`${path}: features need M15 bars, these are ${file.timeframe}`);
}

/** The rows between `from` and `to`, column by column. */
function tableOf(
  bars: readonly Bar[],
  { first, columns, rows, values }: FeatureMatrix,
  { from = epochMs(0), to = epochMs(Number.MAX_SAFE_INTEGER) }: FeaturesOptions,
): { columns: TableColumn[]; rows: number } {
  const times = bars.slice(first).map(({ openTime }) => openTime);
  const begin = times.filter((time) => time < from).length;
  const end = rows - times.filter((time) => time > to).length;
  const count = Math.max(0, end - begin);
  const time = BigInt64Array.from(times.slice(begin, end), (ms) => BigInt(ms / 1_000));
  const features = featureNames.map((name, column) => {
    const data = new Float64Array(count);
    for (let row = 0; row < count; row++) {
      data[row] = values[(begin + row) * columns + column] as number;
    }
    return { name, data };
  });
  return { columns: [{ name: 'time', data: time }, ...features], rows: count };
}

function writeTable(path: string, columns: readonly TableColumn[]): void {
  try {
    if (path.endsWith('.parquet')) writeParquet(path, columns);
    else writeCsv(path, columns, (rows) => progress(`writing ${path}: ${rows} rows`));
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === undefined || !wrongPlaces.has(code)) throw cause;
    throw new UsageError(`${path} cannot be written: ${message}`, { cause });
  }
}

function emptyReason(
  bars: readonly Bar[],
  { first, rows }: FeatureMatrix,
  { data }: FeaturesOptions,
): string {
  if (rows === 0) {
    return `${data}: ${bars.length} bars are too few: the first vector needs 15 completed weeks`;
  }
  const ready = utc((bars[first] as Bar).openTime);
  const last = utc((bars.at(-1) as Bar).openTime);
  return `${data}: no bar with all features lies between --from and --to; they reach from ${ready} to ${last}`;
}

function gapsLine({ gaps }: BarFile): string {
  const missing = gaps.reduce((sum, gap) => sum + gap.missing, 0);
  const longest = gaps.reduce((a, b) => (b.missing > a.missing ? b : a));
  return `gaps: ${gaps.length}, bars missing: ${missing} (nothing is filled), the longest ${longest.missing} after ${utc(longest.after)}`;
}

function parsePositive(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a number above zero.');
}

function isCallersMistake(error: unknown): error is Error {
  return (
    error instanceof BarFileError ||
    error instanceof FeatureInputError ||
    error instanceof UnknownRoundStepError
  );
}

/** Replaces the line of progress on a terminal; elsewhere there is none. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

function utc(time: number): string {
  return new Date(time).toISOString().slice(0, 16).concat('Z');
}
