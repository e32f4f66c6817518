/** The threads of a run: what each is started from, what it is told, and who talks to whom. */
import { join } from 'node:path';
import type { ResourceLimits } from 'node:worker_threads';
import {
  type AccountHostData,
  type InferenceThreadData,
  type MarketThreadData,
  residentOf,
  type SimulatedTerminal,
  type TerminalsThreadData,
} from '../threads/thread-data.ts';
import { type AccountPlacement, isSharedHost } from './placement.ts';
import type { Roster } from './roster.ts';
import type { RunPlan } from './run-plan.ts';

export type EngineThread = {
  readonly id: string;
  readonly kind: 'thread' | 'process';
  readonly entry: URL;
  /** Asked at every start of the thread. */
  readonly workerData: () => unknown;
  /** Who lives in it beside itself, asked at every start. */
  readonly residents: () => readonly string[];
  readonly startMs: number;
  readonly shutdownMs: number;
  readonly canTerminate: boolean;
  readonly resourceLimits?: ResourceLimits;
};

/** Old space of an account that is alone: it needs some 20 MB, and shall fall before the host does. */
const ownHeapMb = 256;
/** Young space of an account that is alone: as quick as with the usual 48 MB, and 15 MB less of memory. */
const ownYoungMb = 6;
/** Of a host of many: 500 accounts need some 300 MB. */
const sharedHeapMb = 2_048;
/**
 * At its limit a thread gets 16 MB more to end in (node_worker.cc), and one collection may promote the whole young
 * space: with the usual 48 MB, probably, that aborted the whole process once.
 */
const sharedYoungMb = 12;

export function terminalsThread(id: string, terminals: readonly SimulatedTerminal[]): EngineThread {
  const data: TerminalsThreadData = { thread: id, terminals };
  return {
    id,
    kind: 'thread',
    entry: new URL('../threads/terminals-thread.ts', import.meta.url),
    workerData: () => data,
    residents: () => [],
    startMs: 60_000,
    shutdownMs: 5_000,
    canTerminate: true,
  };
}

export function marketThread(plan: RunPlan, roster: Roster): EngineThread {
  const { stateFolder, timeframe, lockstep, pollMs } = plan;
  return {
    id: 'market',
    kind: 'thread',
    entry: new URL('../threads/market-thread.ts', import.meta.url),
    workerData: (): MarketThreadData => ({
      thread: 'market',
      storePath: join(stateFolder, 'bars.db'),
      timeframe,
      markets: marketsOf(plan, roster),
      ...(lockstep === undefined && { pollEveryMs: pollMs }),
    }),
    residents: () => [],
    startMs: 120_000,
    shutdownMs: 5_000,
    canTerminate: true,
  };
}

export function inferenceThread(plan: RunPlan, roster: Roster): EngineThread {
  const { modelsFolder, inference = 'thread' } = plan;
  return {
    id: 'inference',
    kind: inference,
    entry: new URL('../threads/inference-thread.ts', import.meta.url),
    workerData: (): InferenceThreadData => ({
      thread: 'inference',
      modelsFolder,
      markets: marketsOf(plan, roster),
    }),
    residents: () => [],
    startMs: 60_000,
    shutdownMs: 5_000,
    // Ending a thread inside onnxruntime aborts the whole process; a process of its own may be killed.
    canTerminate: inference === 'process',
  };
}

export function accountHostThread(
  { stateFolder, lockstep, pollMs }: RunPlan,
  { host, kind }: AccountPlacement,
  roster: Roster,
): EngineThread {
  return {
    id: host,
    kind,
    entry: new URL('../threads/account-thread.ts', import.meta.url),
    workerData: (): AccountHostData => ({
      thread: host,
      stateFolder,
      ...(lockstep === undefined && { pollEveryMs: pollMs }),
      seats: roster.seatsOf(host),
    }),
    residents: () => roster.livingIn(host).map(({ plan }) => residentOf(plan.id)),
    startMs: 60_000,
    shutdownMs: 12_000,
    canTerminate: true,
    resourceLimits: isSharedHost(host)
      ? { maxOldGenerationSizeMb: sharedHeapMb, maxYoungGenerationSizeMb: sharedYoungMb }
      : { maxOldGenerationSizeMb: ownHeapMb, maxYoungGenerationSizeMb: ownYoungMb },
  };
}

function marketsOf({ markets }: RunPlan, roster: Roster): RunPlan['markets'] {
  return markets.map((market) => ({ ...market, accounts: roster.tradersOf(market.symbol) }));
}
