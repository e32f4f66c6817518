/** `novosky terminal`: one simulated MetaTrader 5 terminal alone, in a process of its own. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { environment } from '../config/environment.ts';
import { UsageError } from '../config/usage-error.ts';
import type { EpochMs } from '../domain/units.ts';
import { roundStepOf, UnknownRoundStepError } from '../features/round-step.ts';
import { type BarFile, loadBars } from '../market-data/bar-file.ts';
import { BarFileError } from '../market-data/bar-file-error.ts';
import { systemClock } from '../runtime/clock.ts';
import { ReplayRangeError } from '../terminal-simulator/bar-source.ts';
import { BooksInUseError, ForeignBooksError } from '../terminal-simulator/books.ts';
import { UnknownMarketError } from '../terminal-simulator/generated-bars.ts';
import { PortInUseError } from '../terminal-simulator/http-server.ts';
import {
  startTerminalSimulator,
  type TerminalSimulator,
  type TerminalSimulatorOptions,
  UnknownSymbolError,
} from '../terminal-simulator/terminal-simulator.ts';
import { parseMoment } from './moment.ts';
import { openReplay } from './replay-file.ts';

type TerminalOptions = {
  readonly replay?: string;
  readonly seed: number;
  readonly port: number;
  readonly from?: EpochMs;
  readonly bars?: number;
  readonly state: string;
  readonly symbol: string;
  readonly cent: boolean;
  readonly login: number;
  readonly balance?: number;
  readonly leverage: number;
  readonly netting: boolean;
  readonly spreadPoints?: number;
  readonly slippagePoints: number;
  readonly commissionPerLot: number;
  readonly swapLong: number;
  readonly swapShort: number;
  readonly pathPrefix: string;
  readonly utcOffsetHours: number;
  readonly tokenEnv: string;
  readonly controlTokenEnv: string;
};

export function terminalCommand(): Command {
  const command = new Command('terminal').description(
    'Runs one simulated MetaTrader 5 terminal behind its HTTP API, until Ctrl-C.',
  );
  addMarketOptions(command);
  addAccountOptions(command);
  return command
    .option('--path-prefix <path>', 'in front of every path: /broker/account', '')
    .option('--token-env <name>', 'variable with the bearer token', 'NOVOSKY_TERMINAL_TOKEN')
    .option(
      '--control-token-env <name>',
      'variable with the token of /_sim/*',
      'NOVOSKY_CONTROL_TOKEN',
    )
    .addHelpText('after', helpAfter)
    .action((options: TerminalOptions) => runTerminal(options));
}

function addMarketOptions(command: Command): void {
  command
    .option('--replay <file>', 'bars to replay: .csv, .csv.gz or .parquet; else bars are generated')
    .option('--seed <n>', 'of the generated market', parseCount, 1)
    .requiredOption('--port <n>', 'where to listen on 127.0.0.1; 0 takes a free port', parseCount)
    .option('--from <time>', 'first bar that is not history, UTC', parseMoment)
    .option('--bars <n>', 'how many bars to replay', parseCount)
    .option('--state <dir>', 'folder of its books', join('state', 'terminal'))
    .option('--symbol <symbol>', 'the logical symbol', 'BTCUSD')
    .option('--utc-offset-hours <n>', "the broker's clock against UTC", parseNumber, 0);
}

function addAccountOptions(command: Command): void {
  command
    .option('--cent', 'a cent account: broker symbol BTCUSDc, amounts in USC', false)
    .option('--login <n>', 'number of the account', parseCount, 5_000_001)
    .option(
      '--balance <amount>',
      'opening deposit (10000 USD, or as many dollars in USC)',
      parseNumber,
    )
    .option('--leverage <n>', 'divisor of the margin', parseCount, 200)
    .option('--netting', 'one position per symbol instead of one per order', false)
    .option('--spread-points <n>', 'where the data states none', parseNumber)
    .option('--slippage-points <n>', 'against every market order and stop', parseNumber, 0)
    .option('--commission-per-lot <amount>', 'per lot and side', parseNumber, 0)
    .option('--swap-long <points>', 'per lot and night, negative is paid', parseNumber, 0)
    .option('--swap-short <points>', 'per lot and night, negative is paid', parseNumber, 0);
}

const helpAfter = `
Time stands still until POST /_sim/advance {"step":k} plays bars until k of them have closed. Books are kept in --state
and go on where they were. Without --from the replay begins where the features of its bars are complete.

  $ export NOVOSKY_TERMINAL_TOKEN=one NOVOSKY_CONTROL_TOKEN=two
  $ novosky terminal --replay btcusd_m15.csv.gz --from 2025-01-01 --port 6542
  $ curl -H "Authorization: Bearer one" http://127.0.0.1:6542/account
  $ curl -H "Authorization: Bearer two" http://127.0.0.1:6542/_sim/advance -d '{"step":1}'
  $ curl -H "Authorization: Bearer two" http://127.0.0.1:6542/_sim/faults \\
      -d '{"kind":"gateway-timeout","method":"POST","path":"/orders","executes":true,"executeAfterMs":20000}'

Faults: delay, gateway-timeout, drop-socket, unavailable, html-error, empty-list, reject, partial, novosky-answer,
zero-tick, infinity, null-terminal, disconnected, restart.`;

async function runTerminal(options: TerminalOptions): Promise<void> {
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const tokens = tokensOf(options, environment);
  // A shell and npm may both pass the same Ctrl-C on: the handlers stay, so that the second one cuts nothing short.
  const stop = new Promise<void>((resolve) => {
    process.on('SIGINT', resolve);
    process.on('SIGTERM', resolve);
  });
  const simulator = await start(options, tokens, say).catch((error: unknown) => {
    throw isCallersMistake(error) ? new UsageError(error.message, { cause: error }) : error;
  });
  say(`terminal listens  ${simulator.url}  (bearer token: $${options.tokenEnv})`);
  say(
    `control           ${simulator.controlUrl}/_sim  (bearer token: $${options.controlTokenEnv})`,
  );
  say(`books             ${booksPath(options)}`);
  await stop;
  await simulator.close();
  say('terminal closed');
}

async function start(
  options: TerminalOptions,
  tokens: { readonly token: string; readonly controlToken: string },
  say: (line: string) => void,
): Promise<TerminalSimulator> {
  const source = await sourceOf(options, say);
  mkdirSync(options.state, { recursive: true });
  const { symbol, cent, login, leverage, spreadPoints } = options;
  return startTerminalSimulator({
    key: 'terminal',
    port: options.port,
    ...tokens,
    pathPrefix: options.pathPrefix,
    booksPath: booksPath(options),
    source,
    symbol,
    brokerSymbol: cent ? `${symbol}c` : symbol,
    account: {
      login,
      balance: options.balance ?? (cent ? 1_000_000 : 10_000),
      currency: cent ? 'USC' : 'USD',
      leverage,
      isHedging: !options.netting,
    },
    costs: {
      spreadPoints,
      slippagePoints: options.slippagePoints,
      commissionPerLot: options.commissionPerLot,
      swapLong: options.swapLong,
      swapShort: options.swapShort,
    },
    utcOffsetMs: options.utcOffsetHours * 3_600_000,
    clock: systemClock,
    log: say,
  });
}

async function sourceOf(
  options: TerminalOptions,
  say: (line: string) => void,
): Promise<TerminalSimulatorOptions['source']> {
  if (options.replay === undefined) {
    if (options.from !== undefined || options.bars !== undefined) {
      throw new UsageError('--from and --bars belong to --replay: a generated market has no end');
    }
    return { kind: 'generator', seed: options.seed };
  }
  const file = await loadBars(options.replay);
  sayGaps(file, say);
  const from = options.from ?? (await firstReady(options.replay, options.symbol));
  const { bars } = options;
  return { kind: 'bars', bars: file.bars, from, ...(bars === undefined ? {} : { stepsMax: bars }) };
}

async function firstReady(path: string, symbol: string): Promise<EpochMs> {
  const replay = await openReplay({ path, roundStep: roundStepOf(symbol), say: () => {} });
  return replay.from;
}

function sayGaps({ gaps }: BarFile, say: (line: string) => void): void {
  const missing = gaps.reduce((sum, gap) => sum + gap.missing, 0);
  if (missing > 0) say(`gaps: ${gaps.length}, bars missing: ${missing} (nothing is filled)`);
}

function booksPath({ state, symbol, cent }: TerminalOptions): string {
  return join(state, `${symbol}${cent ? 'c' : ''}.db`);
}

function tokensOf(
  { tokenEnv, controlTokenEnv }: TerminalOptions,
  env: Readonly<Record<string, string | undefined>>,
): { readonly token: string; readonly controlToken: string } {
  const [token, controlToken] = [env[tokenEnv], env[controlTokenEnv]];
  if (token && controlToken) return { token, controlToken };
  const missing = [token ? [] : tokenEnv, controlToken ? [] : controlTokenEnv].flat();
  throw new UsageError(
    `set ${missing.join(' and ')} in the environment: clients send them as bearer tokens`,
  );
}

function isCallersMistake(error: unknown): error is Error {
  return [
    BarFileError,
    ReplayRangeError,
    ForeignBooksError,
    BooksInUseError,
    PortInUseError,
    UnknownSymbolError,
    UnknownMarketError,
    UnknownRoundStepError,
  ].some((kind) => error instanceof kind);
}

function parseCount(text: string): number {
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new InvalidArgumentError('It must be a whole number, 0 or above.');
}

function parseNumber(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw new InvalidArgumentError('It must be a number.');
}
