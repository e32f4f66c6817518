/** `novosky backtest`: the configured account over a file of bars, as the engine would have traded them. */
import { Command, Option } from 'commander';
import type { EpochMs } from '../domain/units.ts';
import { systemClock } from '../runtime/clock.ts';
import type { AccountWishes } from './backtest-account.ts';
import { runBacktestCommand } from './backtest-run.ts';
import { brokerOptions, keyAndValue, positiveInteger } from './broker-options.ts';
import { detailOption } from './load-detail.ts';
import { parseLastMoment, parseMoment } from './moment.ts';

export type BacktestOptions = AccountWishes & {
  readonly data: string;
  readonly config: string;
  readonly models: string;
  readonly cache?: string;
  readonly state: string;
  readonly from?: EpochMs;
  readonly to?: EpochMs;
  readonly oosOnly?: true;
  readonly detail?: readonly string[];
  /** How many configurations were tried on the period, this one included. */
  readonly trials: number;
  readonly html?: string;
  /** A file, or true for the standard output. */
  readonly json?: string | true;
};

const help = `
The bars are bid. A decision on a bar is filled at the open of the next one. Where a bar touches SL and TP and nobody
knows which came first, the headline takes the SL (pessimistic); the range to the TP first (optimistic) stands beside it.
What is open after the last bar stays open and is marked in the equity. Bars that the models were trained on are no
test: such a run says so.

Examples:
  $ novosky backtest --data btcusd_m15.csv.gz --symbol BTCUSD --oos-only
  $ novosky backtest --data btcusd_m15.csv.gz --symbol BTCUSD --account exness_main --from 2025-01-01 \\
      --spread 1695 --override dynamic_sltp.tp_atr_multiplier=1.2 --html report.html`;

export function backtestCommand(): Command {
  return brokerOptions(detailOption(inputOptions(new Command('backtest'))))
    .description(
      'Trades a file of M15 bars with an account of the configuration, as the engine does.',
    )
    .option('--override <key=value>', 'a key of the configuration, dotted; repeatable', keyAndValue)
    .option(
      '--trials <n>',
      'configurations tried on the period, this one included: what the Sharpe ratio is deflated by',
      positiveInteger,
      1,
    )
    .option('--html <file>', 'write a report to look at')
    .option('--json [file]', 'write everything as JSON; without a file to the standard output')
    .addOption(new Option('--state <dir>', 'where the cache of predictions lies').default('state'))
    .option(
      '--cache <dir>',
      'keep the predictions there; default: backtest-cache in the state folder',
    )
    .addHelpText('after', help)
    .action(async (options: BacktestOptions) => {
      await runBacktestCommand(options, systemClock);
    });
}

/** What is played, by whom and from when to when. */
function inputOptions(command: Command): Command {
  return command
    .requiredOption('--data <file>', 'M15 bars: .csv, .csv.gz or .parquet')
    .requiredOption('--symbol <symbol>', 'what the file holds, for example BTCUSD')
    .option(
      '--account <id>',
      'of accounts.json, or "defaults": the default of every key; without it the first that trades the symbol',
    )
    .option('--config <dir>', 'folder of the four configuration files', 'config')
    .option('--models <dir>', 'trained models, one folder per symbol', 'models')
    .option(
      '--from <time>',
      'first bar to decide on, UTC; default: the first with features',
      parseMoment,
    )
    .option(
      '--to <time>',
      'last bar to decide on, UTC; a date means its whole day',
      parseLastMoment,
    )
    .option('--oos-only', 'only bars after the last one that the models were trained on');
}
