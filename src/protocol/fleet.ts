import type { FleetOrder } from '../domain/account.ts';
import type { AccountEvent } from '../domain/account-event.ts';
import type { AccountSnapshot, DecisionSnapshot } from '../domain/account-snapshot.ts';
import type { EpochMs, Money } from '../domain/units.ts';

/** The whole engine as observers see it: values only, amounts in each account's own currency. */
export type FleetSnapshot = {
  readonly engine: EngineView;
  /** What was said to all of them; absent: every account is what it is by itself. */
  readonly order?: FleetOrder;
  readonly accounts: readonly AccountSnapshot[];
  /** By account, oldest first, at most `limits.decisions` each. */
  readonly decisions: Readonly<Record<string, readonly DecisionSnapshot[]>>;
  /** By account, oldest first, at most `limits.equityPoints` each. */
  readonly equity: Readonly<Record<string, readonly EquityPoint[]>>;
  /** Oldest first, at most `limits.restarts`. */
  readonly restarts: readonly Restart[];
  /** What the accounts told last, without their equity, oldest first, at most `limits.feed`. */
  readonly feed: readonly AccountEvent[];
  readonly tree: TreeNode;
};

/** How much of the past a snapshot carries. */
export const limits = { decisions: 50, equityPoints: 500, restarts: 50, feed: 100 } as const;

export type EngineView = {
  readonly version: string;
  /** When the process started, by the host's clock. */
  readonly startedAt: EpochMs;
  /** Undefined until the first bar. */
  readonly marketTime?: EpochMs;
  readonly mode: 'replay' | 'paper' | 'live';
  /** Market seconds per second where they are paced; absent at full speed and live. */
  readonly speed?: number;
};

export type EquityPoint = {
  /** Market time. */
  readonly at: EpochMs;
  readonly balance: Money;
  readonly equity: Money;
};

export type Restart = {
  /** The id of the node that was started again. */
  readonly actor: string;
  readonly reason: string;
  /** By the host's clock. */
  readonly at: EpochMs;
};

/** One node of the supervision tree. */
export type TreeNode = {
  readonly id: string;
  readonly kind: 'supervisor' | 'thread' | 'actor';
  readonly status: 'starting' | 'running' | 'restarting' | 'stopping' | 'stopped' | 'failed';
  /** Since the engine started. */
  readonly restarts: number;
  /** Counts the incarnations, from 1. */
  readonly epoch: number;
  readonly children: readonly TreeNode[];
};
