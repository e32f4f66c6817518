/** What main tells each thread when it starts it: plain values, so that a thread can be started again at any time. */
import type { AccountPolicy } from '../account/policy.ts';
import type { SeriesStart } from '../actors/feed.ts';
import type { AbsenceProof } from '../brokers/broker.ts';
import type { Timeframe } from '../domain/bar.ts';
import type { AccountId, EpochMs } from '../domain/units.ts';
import type { TerminalSimulatorOptions } from '../terminal-simulator/terminal-simulator.ts';

/** How a terminal is reached. Tokens travel inside the process only. */
export type TerminalConnection = {
  readonly key: string;
  readonly url: string;
  readonly token: string;
  /** Logical symbol -> the broker's own. */
  readonly symbols: Readonly<Record<string, string>>;
  /** `external`: a simulator that runs by itself. */
  readonly nature: 'built-in' | 'external' | 'real';
  /** How long absence must be seen; default: what its nature asks for. */
  readonly absenceProof?: AbsenceProof;
};

/** A built-in simulator, with its data named rather than carried. */
export type SimulatedTerminal = Pick<
  TerminalSimulatorOptions,
  | 'key'
  | 'port'
  | 'token'
  | 'controlToken'
  | 'booksPath'
  | 'symbol'
  | 'brokerSymbol'
  | 'account'
  | 'costs'
> & {
  readonly source:
    | {
        readonly kind: 'file';
        readonly path: string;
        readonly from: EpochMs;
        readonly stepsMax?: number;
      }
    | { readonly kind: 'generator'; readonly seed: number };
};

export type TerminalsThreadData = {
  readonly thread: string;
  readonly terminals: readonly SimulatedTerminal[];
};

export type MarketThreadData = {
  readonly thread: string;
  readonly storePath: string;
  readonly timeframe: Timeframe;
  readonly markets: readonly MarketPlan[];
  /** Live only: how often the terminals are asked for a closed bar. */
  readonly pollEveryMs?: number;
};

export type MarketPlan = {
  readonly symbol: string;
  readonly roundStep: number;
  readonly history: SeriesStart;
  readonly sources: readonly TerminalConnection[];
  readonly accounts: readonly AccountId[];
};

export type InferenceThreadData = {
  readonly thread: string;
  readonly modelsFolder: string;
  readonly markets: readonly { readonly symbol: string; readonly accounts: readonly AccountId[] }[];
};

/** What a host of accounts is started from: one that is alone, or many. */
export type AccountHostData = {
  /** The host's name: its account's address, or `shard:1`, `shared:cents`. */
  readonly thread: string;
  readonly stateFolder: string;
  /** Lockstep: `market-time` is told when a bar is done. Live: the broker is read this often. */
  readonly pollEveryMs?: number;
  readonly seats: readonly AccountSeat[];
};

/** One account in its host. */
export type AccountSeat = {
  readonly account: AccountId;
  readonly policy: AccountPolicy;
  readonly magic: number;
  readonly deviationPoints: number;
  readonly terminal: TerminalConnection;
  readonly journalPath: string;
};

/** What is known where one account runs. */
export type AccountThreadData = Omit<AccountHostData, 'seats'> & AccountSeat;

/** What main tells the host of many accounts. It answers with `seats-taken` and the same number. */
export type SeatsMessage =
  /** From now on these live there, and nobody else. */
  | {
      readonly type: 'seats-wanted';
      readonly number: number;
      readonly seats: readonly AccountSeat[];
    }
  /** Stop one in order and start it again. */
  | {
      readonly type: 'restart-seat';
      readonly number: number;
      readonly account: AccountId;
      readonly reason: string;
    };

export type SeatsTakenMessage = {
  readonly type: 'seats-taken';
  readonly host: string;
  readonly number: number;
  /** Why it was not done. */
  readonly refusal?: string;
};

/** Addresses of actors, `thread/actor`. */
export const addresses = {
  observer: 'main/observer',
  receipts: 'main/receipts',
  seatsTaken: 'main/seats-taken',
  marketTime: 'main/market-time',
  fleet: 'main/fleet',
  feed: (symbol: string) => `market/feed:${symbol}`,
  features: (symbol: string) => `market/features:${symbol}`,
  inference: 'inference/inference',
  account: (account: AccountId) => `${residentOf(account)}/account`,
  seats: (host: string) => `${host}/seats`,
  /** Who is told of a symbol, in a thread that tells them. */
  traders: (thread: 'market' | 'inference', symbol: string) => `${thread}/traders:${symbol}`,
} as const;

/** What stands before the slash in the addresses of an account's actors, wherever it lives. */
export function residentOf(account: AccountId): string {
  return `account:${account}`;
}
