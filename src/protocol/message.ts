import type { FleetOrder } from '../domain/account.ts';
import type { AccountEvent } from '../domain/account-event.ts';
import type { AccountSnapshot } from '../domain/account-snapshot.ts';
import type { EpochMs } from '../domain/units.ts';
import type { FleetSnapshot, Restart, TreeNode } from './fleet.ts';

/** Rises when a frame changes its meaning; both sides say it at login and part when they differ. */
export const protocolVersion = 2;

/** Where the WebSocket is served. */
export const socketPath = '/ws';

export const heartbeatMs = 20_000;

/** What a console, the dashboard or `novosky ctl` says to the engine. The first frame is `login`. */
export type ClientMessage =
  | { readonly type: 'login'; readonly token: string; readonly version: number }
  | ({ readonly type: 'command' } & Command)
  /** Asks for a fresh snapshot: an event is missing. */
  | { readonly type: 'resync' };

export type Command = {
  /** Chosen by the sender; comes back with the result. */
  readonly id: string;
  readonly command: CommandName;
  /** An account, or `wholeFleet`; for `restart` also any node of the supervision tree. */
  readonly target: string;
};

/**
 * `reduce` denies entries and manages exits. `flatten` closes every owned position and pauses, `kill` closes them and halts. `halt` stops entries until `revive`, which also takes back an
 * account that is quarantined.
 */
export type CommandName = (typeof commandNames)[number];

export const commandNames = [
  'pause',
  'reduce',
  'resume',
  'flatten',
  'halt',
  'kill',
  'revive',
  'restart',
] as const;

/** The target of what is said to the whole fleet, those that join later included: pause, reduce, resume, halt, kill, revive. */
export const wholeFleet = '*';

export type CommandResult = { readonly ok: true } | { readonly ok: false; readonly error: string };

/**
 * What the engine answers. A snapshot of sequence n holds everything up to event n; events follow without a gap, and
 * whoever sees one asks for a snapshot.
 */
export type ServerMessage =
  | { readonly type: 'welcome'; readonly version: number; readonly engine: string }
  | { readonly type: 'snapshot'; readonly sequence: number; readonly fleet: FleetSnapshot }
  | { readonly type: 'event'; readonly sequence: number; readonly event: ConsoleEvent }
  | {
      readonly type: 'command-result';
      readonly id: string;
      readonly ok: boolean;
      readonly error?: string;
    }
  /** Comes every `heartbeatMs` at least: a line that stays silent for longer is dead. */
  | { readonly type: 'heartbeat' }
  | { readonly type: 'error'; readonly code: ErrorCode; readonly message: string };

/** What changed, as a fact. */
export type ConsoleEvent =
  | { readonly type: 'account-event'; readonly event: AccountEvent }
  | { readonly type: 'account-changed'; readonly account: AccountSnapshot }
  /** It was taken out of the run: nothing more will be heard of it. */
  | { readonly type: 'account-left'; readonly account: string }
  | { readonly type: 'tree-changed'; readonly tree: TreeNode }
  | { readonly type: 'actor-restarted'; readonly restart: Restart }
  | { readonly type: 'config-changed'; readonly changes: readonly ConfigChange[] }
  /** What was said to the whole fleet; `order` is absent where that was taken back. */
  | { readonly type: 'fleet-ordered'; readonly order?: FleetOrder }
  | { readonly type: 'market-time'; readonly at: EpochMs };

export type ConfigChange = {
  /** Dotted path of the key: `circuit_breaker.max_consecutive_losses`. */
  readonly key: string;
  /** The one account that it belongs to; absent for the whole fleet. */
  readonly account?: string;
  readonly from: ConfigValue;
  readonly to: ConfigValue;
};

export type ConfigValue = string | number | boolean | null;

export type ErrorCode =
  | 'bad-message'
  | 'wrong-token'
  | 'too-many-tries'
  | 'wrong-version'
  | 'login-expected'
  | 'busy';

/** Why the server ended a connection, as WebSocket close codes. */
export const closeCodes = {
  goingAway: 1001,
  messageTooBig: 1009,
  full: 1013,
  wrongToken: 4001,
  loginTimeout: 4002,
  tooManyTries: 4003,
  wrongVersion: 4004,
  badMessage: 4005,
} as const;
