import type { ErrorFacts } from './error-facts.ts';

/** Restarted always / only after a failure / never. */
export type RestartType = 'permanent' | 'transient' | 'temporary';

/** How a child ended: by itself and done, because it was asked to, or by a failure; with the resident of a thread who did it, where that is known. */
export type ChildExit =
  | { readonly reason: 'normal' }
  | { readonly reason: 'stopped' }
  | { readonly reason: 'failed'; readonly error: ErrorFacts; readonly culprit?: string };

export type ChildKind = 'supervisor' | 'thread' | 'actor';

export type TreeNode = {
  readonly id: string;
  readonly kind: ChildKind;
  readonly status: 'starting' | 'running' | 'restarting' | 'stopping' | 'stopped' | 'failed';
  /** Restarts since its supervisor started. */
  readonly restarts: number;
  /** The number of its present incarnation, from 1. */
  readonly epoch: number;
  readonly children: readonly TreeNode[];
};

/** A child that is up. */
export type RunningChild = {
  /** Asks it to end and resolves when it has ended. It has `deadlineMs` for it (may be Infinity), then it may be killed. */
  stop(deadlineMs: number): Promise<void>;
  /** Settles once, when the child is over, and never rejects. */
  readonly ended: Promise<ChildExit>;
  /** Ends it without asking. Absent where that is not possible. */
  kill?(): Promise<void>;
  /** What its start has to tell to whoever asked for it. */
  readonly info?: unknown;
  tree?(): TreeNode;
};

export type StartContext = {
  readonly epoch: number;
  /** Aborts when the child is not wanted any more, or took too long: give up and release what was taken. */
  readonly signal: AbortSignal;
};

/** How a child is started, stopped and restarted: data, so that the tree can be printed and compared. */
export type ChildSpec = {
  /** Unique among its siblings. */
  readonly id: string;
  readonly kind: ChildKind;
  readonly restart: RestartType;
  /** Its end, by itself, ends its supervisor where that is declared to. */
  readonly isSignificant?: boolean;
  /** What its start depends on: in a changed configuration, another key means another start. */
  readonly startKey?: string;
  /** How long it may take to stop; 0: it is killed unasked. Infinity for a supervisor: its own children have deadlines. */
  readonly shutdownMs: number;
  /** How long it may take to start. Infinity where its parts have deadlines of their own. */
  readonly startMs: number;
  /**
   * Resolves when the child is ready to work, with `undefined` when there is nothing for it to do; rejects when it could not
   * start and has released everything.
   */
  start(context: StartContext): Promise<RunningChild | undefined>;
  /** Called, perhaps more than once, when the child is down and its supervisor will not start it again by itself. */
  retired?(): void;
};
