/** A broker that survives the engine, the engine in a process of its own, and what both have written. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AccountFact } from '../../src/account/account-fact.ts';
import type { Trading } from '../../src/brokers/broker.ts';
import { mt5Terminal } from '../../src/brokers/mt5/terminal.ts';
import { httpSimulationControl } from '../../src/brokers/simulation/http-control.ts';
import type { Bar } from '../../src/domain/bar.ts';
import { type EpochMs, epochMs } from '../../src/domain/units.ts';
import { readJournal } from '../../src/journal/sqlite/sqlite-journal.ts';
import { loadBars } from '../../src/market-data/bar-file.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { startTerminalSimulator } from '../../src/terminal-simulator/terminal-simulator.ts';
import { writeGeneratedFile } from '../scenarios/generated-file.ts';
import { eager, scenarioConfig } from '../scenarios/scenario-config.ts';
import { type Books, nakedOf } from './crash-audit.ts';
import {
  buildEngine,
  type EngineBuild,
  type EngineProcess,
  startEngine,
} from './engine-process.ts';
import type { KillPoint } from './kill-points.ts';

/** Everything that the cases of a matrix have in common. */
export type CrashStage = {
  readonly folder: string;
  readonly build: EngineBuild;
  readonly bars: readonly Bar[];
  readonly from: EpochMs;
  remove(): void;
};

const tokens = { TERMINAL_TOKEN: 'terminal-token', CONTROL_TOKEN: 'control-token' };
const magic = 20250101;

export async function openCrashStage(): Promise<CrashStage> {
  const folder = mkdtempSync(join(tmpdir(), 'novosky-crash-'));
  const path = join(folder, 'bars.csv');
  const from = epochMs(writeGeneratedFile(path, { seed: 11, bars: 40 }));
  const build = buildEngine();
  const { bars } = await loadBars(path);
  const remove = () => {
    build.remove();
    rmSync(folder, { recursive: true, force: true });
  };
  return { folder, build, bars, from, remove };
}

export type CrashWorld = Awaited<ReturnType<typeof openCrashWorld>>;

export async function openCrashWorld({ folder: parent, build, bars, from }: CrashStage) {
  const folder = mkdtempSync(join(parent, 'case-'));
  const simulator = await startTerminalSimulator({
    key: 'outside',
    port: 0,
    token: tokens.TERMINAL_TOKEN,
    controlToken: tokens.CONTROL_TOKEN,
    booksPath: join(folder, 'books.db'),
    source: { kind: 'bars', bars, from },
    symbol: 'BTCUSD',
    brokerSymbol: 'BTCUSD',
    account: { login: 1, balance: 10_000, currency: 'USD', leverage: 500, isHedging: true },
    costs: { slippagePoints: 0, commissionPerLot: 3.5, swapLong: 0, swapShort: 0 },
    clock: systemClock,
  });
  const { url } = simulator;
  const config = configAt(join(folder, 'config'), url);
  const state = join(folder, 'state');
  mkdirSync(state);
  const armedBy = join(folder, 'armed');
  const broker = brokerAt(url);
  const processes: EngineProcess[] = [];
  const { signal } = new AbortController();
  const nakedWatch = watchForNaked(broker);
  return {
    nakedTickets: nakedWatch.tickets,
    control: httpSimulationControl({ url, token: tokens.CONTROL_TOKEN, clock: systemClock }),
    arm: () => writeFileSync(armedBy, ''),
    start: (point?: KillPoint): EngineProcess => {
      const env = {
        ...tokens,
        ARMED_BY: armedBy,
        ...(point !== undefined && { KILL_POINT: point }),
      };
      const engine = startEngine(build, [config, state, 'models'], env);
      processes.push(engine);
      return engine;
    },
    facts: (): readonly AccountFact[] => {
      const journal = join(state, 'solo.db');
      return existsSync(journal) ? readJournal<AccountFact>(journal) : [];
    },
    books: async (): Promise<Books> => ({
      view: await broker.account(signal),
      positions: await broker.positions(signal),
      deals: await broker.deals(epochMs(0), signal),
    }),
    close: async () => {
      for (const { child } of processes) child.kill('SIGKILL');
      await Promise.all(processes.map(({ ended }) => ended));
      await nakedWatch.stop();
      await simulator.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Looks at the positions all the time, whoever lives or dies meanwhile. */
function watchForNaked(broker: Trading) {
  const tickets = new Set<number>();
  const stopping = new AbortController();
  const look = async () => {
    while (!stopping.signal.aborted) {
      const positions = await broker.positions(new AbortController().signal);
      for (const ticket of nakedOf(positions)) tickets.add(ticket);
      await new Promise<void>((resolve) => systemClock.after(50, resolve));
    }
  };
  const over = look();
  over.catch(() => undefined); // told by `stop`
  return {
    tickets: tickets as ReadonlySet<number>,
    stop: () => {
      stopping.abort();
      return over;
    },
  };
}

function configAt(folder: string, url: string): string {
  return scenarioConfig(folder, {
    trading: { ...eager, poll_seconds: 1, signal_sources: { BTCUSD: ['outside'] } },
    terminals: () => ({
      outside: {
        kind: 'simulator',
        url,
        token_env: 'TERMINAL_TOKEN',
        control_token_env: 'CONTROL_TOKEN',
        symbols: { BTCUSD: 'BTCUSD' },
      },
    }),
    accounts: ({ icmarkets_main: account }) => ({
      solo: { ...account, terminal_key: 'outside', state_file: 'solo.db' },
    }),
  });
}

function brokerAt(url: string) {
  return mt5Terminal({
    url,
    token: tokens.TERMINAL_TOKEN,
    symbols: { BTCUSD: 'BTCUSD' },
    magic,
    deviationPoints: 20,
    clock: systemClock,
    readTimeoutMs: 5_000,
    tradeTimeoutMs: 5_000,
    absenceProof: { sinceCallMs: 0, emptyForMs: 0 },
    serverOffset: { ms: 0 },
  });
}
