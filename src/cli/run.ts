/** `novosky run`: the engine itself, over the configured terminals or over a file. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { environment } from '../config/environment.ts';
import { loadConfig } from '../config/load-config.ts';
import type { EpochMs } from '../domain/units.ts';
import { systemClock } from '../runtime/clock.ts';
import { TimerWheel } from '../runtime/timer-wheel.ts';
import { parseMoment } from './moment.ts';
import { runEngine } from './run-engine.ts';

export type RunOptions = {
  readonly config: string;
  readonly state: string;
  readonly models: string;
  readonly replay?: string;
  readonly symbol?: string;
  readonly from?: EpochMs;
  readonly bars?: number;
  readonly speed?: number;
  readonly seed?: number;
  readonly report?: string;
  readonly iUnderstand?: boolean;
  /** Ctrl-C manages open positions until flat; undefined: as configured. */
  readonly drain?: boolean;
  /** A port, or false for none; undefined: as configured, and none during a replay. */
  readonly console?: number | false;
};

export function runCommand(): Command {
  return new Command('run')
    .description('Run every enabled account of the configuration until Ctrl-C, or replay a file.')
    .addOption(
      new Option('--config <dir>', 'folder of the four configuration files').default('config'),
    )
    .addOption(new Option('--state <dir>', 'where journals and books are kept').default('state'))
    .addOption(
      new Option('--models <dir>', 'trained models, one folder per symbol').default('models'),
    )
    .option(
      '--replay <file>',
      'CSV(.gz) of M15 bars: every terminal becomes a simulator that plays it',
    )
    .option('--symbol <name>', 'what the file holds; default: the only symbol configured')
    .option(
      '--from <time>',
      'first bar to decide on, UTC; default: the first with features',
      parseMoment,
    )
    .option('--bars <n>', 'how many bars to decide on; default: to the end', positiveInteger)
    .option('--speed <x>', 'market minutes per second, or max', parseSpeed)
    .option('--seed <n>', 'of generated markets', wholeNumber)
    .option('--report <file>', 'where the report of a replay goes (JSON)')
    .option('--console <port>', 'serve console and dashboard there, during a replay, too', port)
    .option('--no-console', 'serve no console')
    .option(
      '--drain',
      'on Ctrl-C stop entries and go on until every account is flat; default: "shutdown" of config.json',
    )
    .option('--i-understand', 'trade accounts with "mode": "live": real money, at your own risk')
    .addHelpText(
      'after',
      `
Examples:
  $ novosky run
      two paper accounts on two built-in terminals, 60 market minutes per second
  $ novosky run --replay btcusd_m15.csv.gz --from 2025-01-01 --bars 2000 --speed max \\
      --state /tmp/replay --report /tmp/report.json
      decide on 2,000 bars as fast as it goes; the same input gives the same report

Ctrl-C ends it in order within 15 s; starting again goes on where it was. Positions stay behind their stops.
A second Ctrl-C, more than a second later, ends it at once: the next start recovers.`,
    )
    .action(async (options: RunOptions) => {
      const config = loadConfig(options.config, environment, {
        replay: options.replay !== undefined,
      });
      process.exitCode = await runEngine(options, config, {
        clock: new TimerWheel(systemClock),
        write: (line) => process.stdout.write(`${line}\n`),
      });
    });
}

function positiveInteger(text: string): number {
  const value = wholeNumber(text);
  if (value < 1) throw new InvalidArgumentError('It must be at least 1.');
  return value;
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

function port(text: string): number {
  const value = wholeNumber(text);
  if (value > 65_535) throw new InvalidArgumentError('It must be a port, 0 to 65535.');
  return value;
}

function parseSpeed(text: string): number {
  const value = text === 'max' ? Number.POSITIVE_INFINITY : Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('It must be a positive number, or max.');
  return value;
}
