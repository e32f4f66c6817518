import type { ResourceLimits } from 'node:worker_threads';
import type { ErrorFacts } from './error-facts.ts';
import type { PortFrame } from './port-bridge.ts';

/** What a child process is told first. */
export type ProcessStart = {
  readonly type: 'start';
  /** As it is named in the source. */
  readonly entry: string;
  readonly name: string;
  readonly workerData: unknown;
  readonly resourceLimits?: ResourceLimits;
};

/** What it says beside the messages of its ports: that it lives, and what its thread died of. */
type ProcessNews =
  | { readonly type: 'beat'; readonly beats: number; readonly culprit: number }
  | { readonly type: 'error'; readonly error: ErrorFacts };

export type ToProcess = ProcessStart | PortFrame;
export type FromProcess = ProcessNews | PortFrame;
