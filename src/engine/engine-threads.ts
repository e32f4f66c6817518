/** The threads of a run: what each is started from, what it is told, and who talks to whom. */
import { join } from 'node:path';
import type { AccountPolicy } from '../account/policy.ts';
import type { AccountId } from '../domain/units.ts';
import type {
  AccountThreadData,
  InferenceThreadData,
  MarketThreadData,
  TerminalsThreadData,
} from '../threads/thread-data.ts';
import type { AccountPlan, RunPlan } from './run-plan.ts';

export type EngineThread = {
  readonly id: string;
  readonly entry: URL;
  /** Asked at every start of the thread. */
  readonly workerData: () => unknown;
  readonly startMs: number;
  readonly shutdownMs: number;
  readonly canTerminate: boolean;
  /** The account that lives in it. */
  readonly account?: AccountId;
};

export type EngineThreads = {
  readonly terminals: readonly EngineThread[];
  /** In start order: who comes later needs who comes earlier. */
  readonly infra: readonly EngineThread[];
  readonly account: (account: AccountPlan) => EngineThread;
  readonly links: readonly (readonly [string, string])[];
};

/** @param policies filled with a holder for each account: what stands in it reaches the account's next thread */
export function engineThreads(
  plan: RunPlan,
  policies: Map<AccountId, { policy: AccountPolicy }>,
): EngineThreads {
  const accounts = plan.accounts.map(({ id }) => `account:${id}`);
  for (const { id, policy } of plan.accounts) policies.set(id, { policy });
  return {
    terminals: plan.simulators.length === 0 ? [] : [terminalsThread(plan)],
    infra: [marketThread(plan), inferenceThread(plan)],
    account: (account) => accountThread(plan, account, policies),
    links: [
      ['main', 'market'],
      ['main', 'inference'],
      ['market', 'inference'],
      ...accounts.flatMap((account) => [
        ['main', account] as const,
        ['market', account] as const,
        ['inference', account] as const,
      ]),
    ],
  };
}

function terminalsThread({ simulators }: RunPlan): EngineThread {
  const data: TerminalsThreadData = { thread: 'terminals', terminals: simulators };
  return {
    id: 'terminals',
    entry: new URL('../threads/terminals-thread.ts', import.meta.url),
    workerData: () => data,
    startMs: 60_000,
    shutdownMs: 5_000,
    canTerminate: true,
  };
}

function marketThread({
  stateFolder,
  timeframe,
  markets,
  lockstep,
  pollMs,
}: RunPlan): EngineThread {
  const data: MarketThreadData = {
    thread: 'market',
    storePath: join(stateFolder, 'bars.db'),
    timeframe,
    markets,
    ...(lockstep === undefined && { pollEveryMs: pollMs }),
  };
  return {
    id: 'market',
    entry: new URL('../threads/market-thread.ts', import.meta.url),
    workerData: () => data,
    startMs: 120_000,
    shutdownMs: 5_000,
    canTerminate: true,
  };
}

function inferenceThread({ modelsFolder, markets }: RunPlan): EngineThread {
  const data: InferenceThreadData = { thread: 'inference', modelsFolder, markets };
  return {
    id: 'inference',
    entry: new URL('../threads/inference-thread.ts', import.meta.url),
    workerData: () => data,
    startMs: 60_000,
    shutdownMs: 5_000,
    // Ending a thread inside onnxruntime aborts the whole process.
    canTerminate: false,
  };
}

function accountThread(
  { stateFolder, lockstep, pollMs }: RunPlan,
  account: AccountPlan,
  policies: ReadonlyMap<AccountId, { readonly policy: AccountPolicy }>,
): EngineThread {
  const data: Omit<AccountThreadData, 'policy'> = {
    thread: `account:${account.id}`,
    account: account.id,
    magic: account.magic,
    deviationPoints: account.deviationPoints,
    terminal: account.terminal,
    stateFolder,
    journalPath: account.journalPath,
    ...(lockstep === undefined && { pollEveryMs: pollMs }),
  };
  return {
    id: `account:${account.id}`,
    account: account.id,
    entry: new URL('../threads/account-thread.ts', import.meta.url),
    // A hot change outlives the thread that it was told to.
    workerData: (): AccountThreadData => {
      return { ...data, policy: policies.get(account.id)?.policy ?? account.policy };
    },
    startMs: 60_000,
    shutdownMs: 12_000,
    canTerminate: true,
  };
}
