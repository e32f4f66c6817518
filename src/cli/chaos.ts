/** `novosky chaos`: the real engine, on paper, while the world around it does its worst. */
import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { type ChaosOptions, runChaos } from '../chaos/chaos-run.ts';
import { summaryLines } from '../chaos/summary.ts';
import { type TroubleKind, troubleKinds } from '../chaos/trouble.ts';
import { UsageError } from '../config/usage-error.ts';
import type { EpochMs } from '../domain/units.ts';
import { systemClock } from '../runtime/clock.ts';
import { parseMoment } from './moment.ts';

type CommandOptions = {
  readonly minutes: number;
  readonly blows?: number;
  readonly replay?: string;
  readonly symbol: string;
  readonly from?: EpochMs;
  readonly bars?: number;
  readonly seed: number;
  readonly accounts: number;
  readonly models: string;
  readonly troubles: readonly TroubleKind[];
  readonly barsPerSecond: number;
  readonly json?: string | true;
  readonly verbose: boolean;
};

export function chaosCommand(): Command {
  return new Command('chaos')
    .description('Harms a real engine on simulated brokers, and judges what became of the money.')
    .option('--minutes <n>', 'how long, fractions too', parsePositive, 2)
    .option('--blows <n>', 'end after so many troubles, if time is not over before', parseWhole)
    .option('--replay <file>', 'M15 bars to trade on, again from its start when it ends early')
    .option('--symbol <name>', 'what the file holds', 'BTCUSD')
    .option('--from <time>', 'first bar to decide on, UTC', parseMoment)
    .option('--bars <n>', 'how many bars until the replay begins again', parseWhole)
    .option('--seed <n>', 'of the troubles, and of a generated market', parseWhole, 1)
    .option('--accounts <n>', 'in threads, shared threads and processes in turn', parseWhole, 4)
    .option('--models <dir>', 'trained models, one folder per symbol', 'models')
    .option('--troubles <kinds>', 'only these, separated by commas', parseKinds, troubleKinds)
    .option('--bars-per-second <n>', 'how fast market time goes at most', parsePositive, 5)
    .option('--json [file]', 'the report as JSON, into a file or instead of lines')
    .option('--verbose', 'show what the engine says, too', false)
    .addHelpText('after', helpText)
    .action(async (options: CommandOptions) => {
      process.exitCode = await chaos(options);
    });
}

const helpText = `
The engine runs in a process of its own, with accounts in threads, in a thread that two share, and in a child process.
Its brokers are terminal simulators in this process: they survive whatever happens to the engine. Blow after blow is
drawn from the seed, many of them at the moment at which an order arrives. After each, every account has to decide bars
again within 90 s. Nothing real is traded, and no file of yours is touched.

Troubles: ${troubleKinds.join(', ')}.

  $ novosky chaos --minutes 10
      a generated market
  $ novosky chaos --minutes 10 --replay btcusd_m15.csv.gz --from 2024-01-01 --seed 7
      a market of yours; the same seed is the same sequence of troubles
  $ novosky chaos --minutes 1 --troubles killed,orders-fail
      kill -9, and orders of which nobody knows what became
  $ novosky chaos --minutes 5 --json chaos.json

Exit code 0 when every invariant held, 1 when one was violated: the folder of the run is kept then, and named.`;

async function chaos(options: CommandOptions): Promise<number> {
  refuseNonsense(options);
  const isQuiet = options.json === true;
  const say = (line: string) => {
    if (!isQuiet) process.stdout.write(`${line}\n`);
  };
  const { minutes, symbol, from, bars, seed, accounts, troubles, barsPerSecond, replay } = options;
  const given: ChaosOptions = {
    ...{ minutes, symbol, from, bars, seed, accounts, barsPerSecond, say },
    blowsMax: options.blows,
    replay: replay === undefined ? undefined : resolve(replay),
    kinds: troubles,
    modelsFolder: resolve(options.models),
    clock: systemClock,
    engineLine: options.verbose ? (line) => say(`        | ${line}`) : () => undefined,
  };
  const report = await runChaos(given);
  if (isQuiet) process.stdout.write(`${JSON.stringify(report)}\n`);
  else if (options.json !== undefined) {
    writeFileSync(String(options.json), `${JSON.stringify(report, undefined, 2)}\n`);
  }
  for (const line of summaryLines(report)) say(line);
  return report.violations === 0 ? 0 : 1;
}

function refuseNonsense({ accounts, replay, from, bars }: CommandOptions): void {
  if (accounts < 1 || accounts > 16) {
    throw new UsageError(`--accounts must be 1 to 16, was ${accounts}`);
  }
  if (replay !== undefined && !existsSync(replay)) {
    throw new UsageError(`${replay} does not exist: --replay names a file of M15 bars`);
  }
  if (replay === undefined && (from !== undefined || bars !== undefined)) {
    throw new UsageError('--from and --bars belong to --replay: a generated market has no end');
  }
}

function parseWhole(text: string): number {
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new InvalidArgumentError('It must be a whole number, 0 or above.');
}

function parsePositive(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a positive number.');
}

function parseKinds(text: string): readonly TroubleKind[] {
  const names = text.split(',').map((name) => name.trim());
  return names.map((name) => {
    const kind = troubleKinds.find((each) => each === name);
    if (kind !== undefined) return kind;
    throw new InvalidArgumentError(`There is no ${name}; there are ${troubleKinds.join(', ')}.`);
  });
}
