/** `novosky parity`: a day of an account's journal, traded again by the backtester; does it come to the same? */
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { AccountFact } from '../../account/account-fact.ts';
import { initialState } from '../../account/account-state.ts';
import { causes } from '../../backtest/parity/causes.ts';
import { type JournalBar, journalBars } from '../../backtest/parity/journal-bars.ts';
import { parityDay } from '../../backtest/parity/parity-day.ts';
import type { AccountConfig, Config } from '../../config/config.ts';
import { UsageError } from '../../config/usage-error.ts';
import { type Bar, timeframeMs } from '../../domain/bar.ts';
import { accountId, type EpochMs, epochMs } from '../../domain/units.ts';
import { fleetCaps } from '../../engine/fleet-caps.ts';
import type { JournalReader } from '../../journal/sqlite/journal-reader.ts';
import { JournalFoldError } from '../../trade-log/decision-replay.ts';
import { type CtlOutput, standardOutput } from '../ctl.ts';
import { parseMoment } from '../moment.ts';
import { accountOf, configOf, withJournal } from '../query/journal-query.ts';
import { seriesParts } from '../replay/recompute.ts';
import { barsOf } from '../replay/replay-layers.ts';
import { type DecidedDay, decidedDay, journalSteps } from './parity-journal.ts';
import { dayPredictions } from './parity-predictions.ts';
import { type ParityReport, parityReport } from './parity-report.ts';
import { dayTerms } from './parity-terms.ts';
import { parityLines } from './parity-text.ts';

type ParityOptions = {
  readonly account: string;
  readonly day: EpochMs;
  readonly data?: string;
  readonly models: string;
  readonly config: string;
  readonly state: string;
  readonly json?: boolean;
};

export function parityCommand(output: CtlOutput = standardOutput): Command {
  return new Command('parity')
    .description('Trades a day of a journal again with the backtester and compares the two.')
    .requiredOption('--account <id>', 'whose journal')
    .requiredOption('--day <date>', 'bars that opened on this day, UTC: 2025-01-06', parseDay)
    .option('--data <file>', 'bars to play; default: the bars of the state folder')
    .option('--models <dir>', 'trained models, one folder per symbol', 'models')
    .option('--config <dir>', 'folder of the configuration files: it names the journal', 'config')
    .option('--state <dir>', 'where journals and bars are kept', 'state')
    .option('--json', 'print everything as JSON')
    .addHelpText('after', help)
    .exitOverride()
    .action((options: ParityOptions) => parity(options, output));
}

const help = `
The account begins the day as its journal says, under the policy of then and with the spreads that it was quoted. The
backtester then plays bar by bar: predictions, decisions, orders, fills, stops and closes of both are compared, prices to the
point, amounts to the cent, all else to the last bit. After a difference it is set back to what the journal says, so that each
one counts once. A difference is explained by what the journal or the bars show of it:
${Object.entries(causes)
  .map(([type, text]) => `  ${type.padEnd(22)}${text}`)
  .join('\n')}
The journal is only read, also while the engine trades.

Exit codes: 0 all is equal or explained, 1 something is unexplained or the journal cannot be read, 2 bad usage.

  $ novosky parity --account exness_main --day 2025-01-06
  $ novosky parity --account exness_main --day 2025-01-06 --data btcusd_m15.csv.gz --json`;

async function parity(options: ParityOptions, output: CtlOutput): Promise<void> {
  const config = configOf(options.config);
  const account = accountOf(config, options.account);
  const id = accountId(account.id);
  const decided = read(options, output, (reader) =>
    decidedDay(reader, { account: id, day: options.day }),
  );
  if (decided === undefined) return;
  const { series } = decided;
  const market = await barsFor(series, options);
  const barMs = timeframeMs[seriesParts(series).timeframe];
  const times = timesOf(decided, market.bars, options.day);
  const journal = read(options, output, (reader) => {
    const of = { initial: initialState(id), series, barMs, times };
    return journalBars(journalSteps(reader, id), of);
  });
  if (journal === undefined) return;
  await tell({ config, account, options, series, journal, ...market }, output);
}

/** Undefined where the journal cannot be read: that was said. */
function read<T>(
  options: ParityOptions,
  output: CtlOutput,
  of: (reader: JournalReader<AccountFact>) => T,
): T | undefined {
  let result: T | undefined;
  try {
    withJournal(options, output, (reader) => {
      result = of(reader);
    });
  } catch (error) {
    if (!(error instanceof JournalFoldError)) throw error;
    output.fail(error.message);
  }
  return result;
}

async function barsFor(series: string, { data, state }: ParityOptions) {
  const storePath = join(resolve(state), 'bars.db');
  const found = await barsOf(series, { dataFile: data, storePath });
  if ('reason' in found) throw new UsageError(found.reason);
  return { ...found, isOwnStore: data === undefined };
}

/** Bars that were decided, and those that the engine let pass between them. */
function timesOf({ times, ever }: DecidedDay, bars: readonly Bar[], day: EpochMs) {
  const passed = bars
    .map(({ openTime }) => openTime as number)
    .filter((time) => time >= day && time < day + timeframeMs.D1)
    .filter((time) => time >= ever.first && time <= ever.last);
  return [...new Set([...times, ...passed])].sort((a, b) => a - b).map(epochMs);
}

type Day = {
  readonly config: Config;
  readonly account: AccountConfig;
  readonly options: ParityOptions;
  readonly series: string;
  readonly journal: readonly JournalBar[];
  readonly bars: readonly Bar[];
  readonly name: string;
  readonly isOwnStore: boolean;
};

async function tell(day: Day, output: CtlOutput): Promise<void> {
  const { config, account, options, series, journal, bars, name, isOwnStore } = day;
  const { symbol, timeframe } = seriesParts(series);
  const barMs = timeframeMs[timeframe];
  const roundStep = config.ml.roundSteps[symbol];
  if (roundStep === undefined) {
    throw new UsageError(`ml_config.json: features.round_step has no value for ${symbol}`);
  }
  const terms = dayTerms({ config, account, symbol, barMs, journal });
  const wanted = new Set(journal.map(({ barTime }) => barTime as number));
  const { models } = options;
  const said = await dayPredictions({
    source: { name, bars },
    series,
    wanted,
    roundStep,
    models,
  });
  try {
    const compared = parityDay({
      ...{ account: accountId(account.id), symbol, timeframe, barMs, terms, magic: config.magic },
      ...(config.fleetCaps && { fleetCaps: fleetCaps(config.fleetCaps) }),
      ...{ journal, bars, predictions: said.predictions, judge: said.judge, isOwnStore },
    });
    const report = await parityReport(compared, {
      account: account.id,
      day: options.day,
      series,
    });
    if (options.json) output.write(jsonOf(report));
    else for (const line of parityLines(report)) output.write(line);
    if (report.unexplained > 0)
      output.fail(
        `${report.unexplained} of ${report.differences.length} differences are unexplained`,
      );
  } finally {
    await said.release();
  }
}

/** `null` stands where one side says nothing, and where nothing explains a difference. */
function jsonOf(report: ParityReport): string {
  return JSON.stringify(report, (_key, value) => (value === undefined ? null : value), 2);
}

function parseDay(text: string): EpochMs {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) {
    throw new InvalidArgumentError('It must be a UTC date, such as 2025-01-06.');
  }
  return parseMoment(text);
}
