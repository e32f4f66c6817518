/** Everything that a run needs to know before anything is started: the configuration, made concrete. */
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { AccountPolicy } from '../account/policy.ts';
import type { SeriesStart } from '../actors/feed.ts';
import type { Replay } from '../cli/replay-file.ts';
import type { AccountConfig, Config, SimulatorConfig, TerminalConfig } from '../config/config.ts';
import { UsageError } from '../config/usage-error.ts';
import { type Timeframe, timeframeMs } from '../domain/bar.ts';
import { type AccountId, accountId, type EpochMs } from '../domain/units.ts';
import { simulatedSymbols } from '../exchange/instruments.ts';
import type { FleetCaps } from '../risk/exposure.ts';
import { generatedFrom, generatedOrigin } from '../terminal-simulator/generated-bars.ts';
import type { SimulatedTerminal, TerminalConnection } from '../threads/thread-data.ts';
import { accountPolicy } from './account-policy.ts';
import { fleetCaps } from './fleet-caps.ts';
import type { Isolation } from './placement.ts';

export type RunPlan = {
  readonly stateFolder: string;
  readonly modelsFolder: string;
  readonly timeframe: Timeframe;
  readonly markets: readonly {
    readonly symbol: string;
    readonly roundStep: number;
    readonly history: SeriesStart;
    readonly sources: readonly TerminalConnection[];
    readonly accounts: readonly AccountId[];
  }[];
  readonly simulators: readonly (SimulatedTerminal & { readonly controlUrl: string })[];
  readonly accounts: readonly AccountPlan[];
  /** Undefined when a real terminal is among them: then wall time moves the market. */
  readonly lockstep?: {
    readonly symbol: string;
    readonly from: EpochMs;
    readonly stepsMax?: number;
    readonly paceMs: number;
    /** Whose time is moved. Default: the built-in simulators. */
    readonly terminals?: readonly MovedTerminal[];
  };
  readonly pollMs: number;
  /** What all accounts together may hold; undefined where nothing is capped. */
  readonly fleetCaps?: FleetCaps;
  /** Where the models run: a process can be killed whatever they do. Default: a thread. */
  readonly inference?: 'thread' | 'process';
};

/** A simulated terminal, by the way to its clock. */
export type MovedTerminal = {
  readonly key: string;
  readonly controlUrl: string;
  readonly controlToken: string;
};

export type AccountPlan = {
  readonly id: AccountId;
  /** Default: `auto`. */
  readonly isolation?: Isolation;
  readonly policy: AccountPolicy;
  readonly magic: number;
  readonly deviationPoints: number;
  readonly terminal: TerminalConnection;
  readonly journalPath: string;
};

const timeframe: Timeframe = 'M15';
/** Features of a real terminal's series begin this long ago: the weekly ones need years to forget their start. */
const historyMs = 104 * timeframeMs.W1;

export type PlanOptions = {
  readonly config: Config;
  readonly stateFolder: string;
  readonly modelsFolder: string;
  /** Terminals play this instead of their own source. */
  readonly replay?: Replay;
  readonly seed?: number;
  /** Market minutes per second; Infinity = as fast as it goes. */
  readonly speed?: number;
};

export async function planRun(options: PlanOptions): Promise<RunPlan> {
  const { config, replay } = options;
  const enabled = Object.values(config.accounts).filter(({ isEnabled }) => isEnabled);
  if (enabled.length === 0) {
    throw new UsageError(
      `${config.folder}/accounts.json enables no account: set "enabled": true on one`,
    );
  }
  const used = Object.values(config.terminals).filter(
    ({ key }) =>
      enabled.some((account) => account.terminalKey === key) ||
      enabled.some(({ symbols }) =>
        symbols.some((symbol) => config.signalSources[symbol]?.includes(key)),
      ),
  );
  const isLockstep = used.every(({ kind }) => kind === 'simulator');
  const symbols = [...new Set(enabled.flatMap((account) => account.symbols))];
  const symbol = isLockstep ? onlySymbol(symbols) : undefined;
  const ports = await freePorts(used.length);
  const terminals = used.map((terminal, index) =>
    planTerminal(terminal, ports[index] ?? 0, options),
  );
  const connections = new Map(terminals.map(({ connection }) => [connection.key, connection]));

  return {
    stateFolder: options.stateFolder,
    modelsFolder: options.modelsFolder,
    timeframe,
    markets: symbols.map((name) => ({
      symbol: name,
      roundStep: roundStepOf(config, name),
      history: seriesStart(replay, isLockstep),
      sources: sourcesOf(config, name, connections),
      accounts: enabled
        .filter((account) => account.symbols.includes(name))
        .map(({ id }) => accountId(id)),
    })),
    simulators: terminals.flatMap(({ simulator }) => (simulator === undefined ? [] : [simulator])),
    accounts: enabled.map((account) =>
      accountPlan(account, connectionOf(connections, account.terminalKey), options),
    ),
    ...(symbol !== undefined && {
      lockstep: {
        symbol,
        from: replay?.from ?? generatedFrom,
        ...(replay !== undefined && { stepsMax: replay.bars }),
        paceMs: paceMs(options.speed ?? config.speedMinutesPerSecond),
      },
    }),
    pollMs: config.pollMs,
    ...(config.fleetCaps && { fleetCaps: fleetCaps(config.fleetCaps) }),
    inference: config.inferenceIsolation,
  };
}

export function accountPlan(
  account: AccountConfig,
  terminal: TerminalConnection,
  { config, stateFolder }: PlanOptions,
): AccountPlan {
  return {
    id: accountId(account.id),
    isolation: account.isolation,
    policy: accountPolicy(account, timeframeMs[timeframe]),
    magic: config.magic,
    deviationPoints: account.deviationPoints,
    terminal,
    journalPath: join(stateFolder, account.stateFile),
  };
}

type PlannedTerminal = {
  readonly connection: TerminalConnection;
  readonly simulator?: RunPlan['simulators'][number];
};

/** @param port for one that is built in */
export function planTerminal(
  terminal: TerminalConfig,
  port: number,
  options: PlanOptions,
): PlannedTerminal {
  const { key, symbols } = terminal;
  if (terminal.kind !== 'simulator') {
    const nature = terminal.kind === 'mt5' ? 'real' : 'external';
    return { connection: { key, url: terminal.url, token: terminal.token, symbols, nature } };
  }
  const url = `http://127.0.0.1:${port}`;
  // Both sides live in this process: the token only keeps other programs of the host away from the simulator.
  const token = `${key}-${process.pid}`;
  const [symbol, brokerSymbol] = Object.entries(symbols)[0] ?? [];
  if (symbol === undefined || brokerSymbol === undefined) {
    throw new UsageError(`terminals.json: ${key} names no symbol`);
  }
  return {
    connection: { key, url, token, symbols, nature: 'built-in' },
    simulator: {
      key,
      port,
      token,
      controlToken: `${token}-control`,
      controlUrl: url,
      booksPath: join(options.stateFolder, 'terminals', `${key}.db`),
      source: simulatorSource(terminal.simulator, options),
      symbol,
      brokerSymbol,
      ...accountAndCosts(terminal.simulator, {
        // Of all that are configured: its login stays the same, whoever else is used.
        index: Object.keys(options.config.terminals).indexOf(key),
        brokerSymbol,
      }),
    },
  };
}

function simulatorSource(
  simulator: SimulatorConfig,
  { replay, seed }: PlanOptions,
): SimulatedTerminal['source'] {
  if (replay !== undefined) {
    return { kind: 'file', path: replay.path, from: replay.from, stepsMax: replay.bars };
  }
  return { kind: 'generator', seed: seed ?? simulator.seed };
}

function accountAndCosts(
  simulator: SimulatorConfig,
  { index, brokerSymbol }: { readonly index: number; readonly brokerSymbol: string },
): Pick<SimulatedTerminal, 'account' | 'costs'> {
  const usualSpread = simulatedSymbols[brokerSymbol]?.instrument.spreadPoints ?? 0;
  const { balance, currency, leverage, isHedging, slippagePoints, commissionPerLot } = simulator;
  return {
    account: { login: 5_000_001 + index, balance, currency, leverage, isHedging },
    costs: {
      spreadPoints: simulator.spreadPoints ?? usualSpread,
      slippagePoints,
      commissionPerLot,
      swapLong: simulator.swapLongPoints,
      swapShort: simulator.swapShortPoints,
    },
  };
}

function onlySymbol(symbols: readonly string[]): string {
  const [symbol, ...others] = symbols;
  if (symbol === undefined || others.length > 0) {
    throw new UsageError(
      `simulated terminals play one symbol, the enabled accounts trade ${symbols.join(', ')}: choose one with --symbol`,
    );
  }
  return symbol;
}

function roundStepOf({ ml }: Config, symbol: string): number {
  const step = ml.roundSteps[symbol];
  if (step === undefined) {
    throw new UsageError(`ml_config.json: features.round_step has no value for ${symbol}`);
  }
  return step;
}

function seriesStart(replay: Replay | undefined, isLockstep: boolean): SeriesStart {
  if (replay !== undefined) return { from: replay.historyFrom };
  return isLockstep ? { from: generatedOrigin } : { lengthMs: historyMs };
}

function sourcesOf(
  config: Config,
  symbol: string,
  connections: ReadonlyMap<string, TerminalConnection>,
): readonly TerminalConnection[] {
  const named = (config.signalSources[symbol] ?? []).flatMap((key) => connections.get(key) ?? []);
  if (named.length > 0) return named;
  return [...connections.values()].filter(({ symbols }) => symbol in symbols);
}

function connectionOf(
  connections: ReadonlyMap<string, TerminalConnection>,
  key: string,
): TerminalConnection {
  const connection = connections.get(key);
  if (connection === undefined) throw new UsageError(`terminals.json has no terminal ${key}`);
  return connection;
}

/** Least real time per bar. */
function paceMs(minutesPerSecond: number): number {
  if (!Number.isFinite(minutesPerSecond)) return 0;
  return (timeframeMs[timeframe] / 60_000 / minutesPerSecond) * 1_000;
}

/** Ports of the loopback interface that nobody listens on now. Held together: one that is let go may be given out again. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listening));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}

function listening(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}
