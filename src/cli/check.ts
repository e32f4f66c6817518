/** `novosky check`: whether anything that is computed looks ahead, and what a shorter history would change. */
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { accountReader, modelAdviser } from '../backtest/checks/account-reader.ts';
import { evenCuts, type LookAhead, lookAheads } from '../backtest/checks/look-ahead.ts';
import { decisionReader, featureReader } from '../backtest/checks/readers.ts';
import { type HistoryEffect, historyEffects } from '../backtest/checks/short-history.ts';
import { environment } from '../config/environment.ts';
import { loadConfig } from '../config/load-config.ts';
import { UsageError } from '../config/usage-error.ts';
import type { Bar } from '../domain/bar.ts';
import { epochMs } from '../domain/units.ts';
import { FeatureInputError } from '../features/feature-input-error.ts';
import { featureMatrix } from '../features/feature-matrix.ts';
import { atrColumn, featureSchemaHash, guardColumns } from '../features/schema.ts';
import { loadModel } from '../inference/load-model.ts';
import { ModelRejectedError } from '../inference/model-rejected-error.ts';
import { loadBars } from '../market-data/bar-file.ts';
import { BarFileError } from '../market-data/bar-file-error.ts';
import { momentText } from '../protocol/amount-text.ts';
import { barStream } from '../terminal-simulator/generated-bars.ts';
import { type BacktestAccount, backtestAccount } from './backtest-account.ts';
import { table } from './table.ts';

type CheckOptions = {
  readonly data?: string;
  readonly symbol: string;
  readonly config: string;
  readonly models: string;
  readonly account?: string;
  readonly cuts: number;
  readonly json?: true;
};

type WarmupOptions = CheckOptions & { readonly tolerance: number };

/** Bars before each cut that the models are asked about; features are compared from the first one on. */
const decisionRows = 200;
/** 61 weeks: what a generated market has behind it when a run begins. */
const generatedBars = 61 * 672;
/** 15, 30, 60 and 120 weeks of M15 bars around the clock: the first is the least that gives a vector. */
const historyBars = [10_080, 20_160, 40_320, 80_640] as const;

export function checkCommand(): Command {
  const command = new Command('check')
    .description(
      'Checks what is computed from bars: look-ahead, and the effect of a shorter history.',
    )
    .exitOverride();
  command.addCommand(lookAheadCommand().exitOverride());
  command.addCommand(warmupCommand().exitOverride());
  return command;
}

function lookAheadCommand(): Command {
  return withCommonOptions(new Command('lookahead'))
    .description('Cuts the series again and again: what is said of a bar must not change.')
    .addHelpText(
      'after',
      `
All 62 features of every bar before each cut; of the last ${decisionRows} the models' probabilities, the gate that was not passed, and
what an account does that begins there (each decision with its numbers, orders, fills, stops, closes): computed on the bars
up to the cut and compared with those of the whole series, bit for bit. Exit code 1 where one differs: it knows what comes
later. Without --data the bars are generated: a program that looks ahead does so on any market.

  $ novosky check lookahead --symbol BTCUSD
  $ novosky check lookahead --data btcusd_m15.csv.gz --symbol BTCUSD`,
    )
    .action(checkLookAhead);
}

function warmupCommand(): Command {
  return withCommonOptions(new Command('warmup'))
    .description('Begins the series later: how far does each feature stray?')
    .option('--tolerance <n>', 'largest difference allowed at the longest history', positive, 0.01)
    .addHelpText(
      'after',
      `
Recursions remember where a series began. The last bars alone (${historyBars.join(', ')}: 15, 30, 60 and 120 weeks, as far as
the bars reach) are compared with all of them at several ends; the table has the largest difference of each feature
that strays at all. Exit code 1 where one strays by more than --tolerance with the longest of these histories. Without
--data the bars are generated.

  $ novosky check warmup --symbol BTCUSD
  $ novosky check warmup --data btcusd_m15.csv.gz --symbol BTCUSD`,
    )
    .action(checkWarmup);
}

function withCommonOptions(command: Command): Command {
  return command
    .option('--data <file>', 'M15 bars: .csv, .csv.gz or .parquet; default: a generated market')
    .requiredOption('--symbol <symbol>', 'what the bars are of, for example BTCUSD')
    .option('--account <id>', 'of accounts.json; without it the first that trades the symbol')
    .option('--config <dir>', 'folder of the four configuration files', 'config')
    .option('--models <dir>', 'trained models, one folder per symbol', 'models')
    .option('--cuts <n>', 'how often the series is cut', wholeNumber, 10)
    .option('--json', 'print what was found as JSON');
}

async function checkLookAhead(options: CheckOptions): Promise<void> {
  const { symbol, models, cuts: count } = options;
  const { bars, account, first } = await loaded(options);
  const { roundStep, policy } = account;
  const set = { folder: join(models, symbol), symbol, schemaHash: featureSchemaHash };
  const model = await answered(() => loadModel({ ...set, atrColumn, toldColumns: guardColumns }));
  try {
    const cuts = evenCuts(first, bars.length, count);
    const features = featureReader(roundStep);
    const decisions = decisionReader(model, { roundStep, policy });
    const does = accountReader(symbol, account, modelAdviser(model, roundStep));
    const found = [
      ...(await lookAheads(bars, features, { cuts, rowsMax: bars.length })),
      ...(await lookAheads(bars, decisions, { cuts, rowsMax: decisionRows })),
      ...(await lookAheads(bars, does, { cuts, rowsMax: decisionRows })),
    ];
    const names = features.names.length + decisions.names.length + does.names.length;
    if (options.json)
      print([JSON.stringify({ cuts: cuts.length, checked: names, found }, null, 2)]);
    else print(lookAheadLines(found, { cuts: cuts.length, checked: names }));
    if (found.length > 0) process.exitCode = 1;
  } finally {
    await model.release();
  }
}

function lookAheadLines(
  found: readonly LookAhead[],
  { cuts, checked }: { readonly cuts: number; readonly checked: number },
): readonly string[] {
  if (found.length === 0) return [`Nothing looks ahead: ${checked} columns, ${cuts} cuts.`];
  const rows = found.map(({ name, bars, atMs, whole, cut }) => [
    name,
    momentText(epochMs(atMs)),
    String(whole ?? '-'),
    String(cut ?? '-'),
    String(bars),
  ]);
  return [
    `${found.length} of ${checked} columns look ahead:`,
    ...table([['column', 'first at', 'with later bars', 'without them', 'bars'], ...rows]),
  ];
}

async function checkWarmup(options: WarmupOptions): Promise<void> {
  const { bars, account, first } = await loaded(options);
  const lengths = historyBars.filter((length) => length < bars.length);
  const longest = lengths.at(-1);
  if (longest === undefined) {
    throw new UsageError(
      `${options.data ?? 'generated'}: ${bars.length} bars are no more than ${historyBars[0]}`,
    );
  }
  const ends = evenCuts(Math.max(first, longest), bars.length, options.cuts);
  const effects = historyEffects(bars, account.roundStep, { ends, lengths });
  const strayed = effects.filter(
    ({ differences }) => (differences.at(-1) ?? 0) > options.tolerance,
  );
  if (options.json) print([JSON.stringify({ ends: ends.length, lengths, effects }, null, 2)]);
  else print(warmupLines(effects, lengths, ends.length));
  if (strayed.length === 0) return;
  const names = strayed.map(({ name }) => name).join(', ');
  process.stderr.write(
    `With ${longest} bars of history these stray by more than ${options.tolerance}: ${names}\n`,
  );
  process.exitCode = 1;
}

function warmupLines(
  effects: readonly HistoryEffect[],
  lengths: readonly number[],
  ends: number,
): readonly string[] {
  const isSame = ({ differences }: HistoryEffect) => differences.every((each) => each === 0);
  const rows = effects
    .filter((effect) => !isSame(effect))
    .map(({ name, differences }) => [name, ...differences.map(differenceText)]);
  return [
    `Largest difference to the whole file at ${ends} ends, by bars of history:`,
    ...table([['feature', ...lengths.map(String)], ...rows]),
    `The other ${effects.filter(isSame).length} features are the same to the last bit.`,
  ];
}

function differenceText(difference: number | undefined): string {
  if (difference === undefined) return 'no vector';
  return difference === 0 ? '0' : difference.toExponential(1);
}

async function loaded(options: CheckOptions): Promise<{
  readonly bars: readonly Bar[];
  readonly account: BacktestAccount;
  /** The first bar with a vector. */
  readonly first: number;
}> {
  const load = () => loadConfig(options.config, environment, { replay: true });
  const account = backtestAccount(options, load);
  const bars = options.data === undefined ? generated(options.symbol) : await read(options.data);
  const { first, rows } = await answered(async () =>
    featureMatrix(bars, { roundStep: account.roundStep }),
  );
  if (rows < 2)
    throw new UsageError(
      `${options.data ?? 'generated'}: ${bars.length} bars give ${rows} vectors`,
    );
  return { bars, account, first };
}

async function read(path: string): Promise<readonly Bar[]> {
  const { bars, timeframe } = await answered(() => loadBars(path));
  if (timeframe === 'M15') return bars;
  throw new UsageError(`${path}: bars must be M15, these are ${timeframe}`);
}

/** A market that is the same for everybody. */
function generated(symbol: string): readonly Bar[] {
  const { next } = barStream({ symbol, seed: 1, spreadPoints: 300 });
  return Array.from({ length: generatedBars }, next);
}

/** What is wrong with a file is its giver's mistake. */
async function answered<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const isMistake =
      error instanceof BarFileError ||
      error instanceof FeatureInputError ||
      error instanceof ModelRejectedError;
    throw isMistake ? new UsageError(error.message, { cause: error }) : error;
  }
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1 to 9999.');
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a number above 0.');
}
