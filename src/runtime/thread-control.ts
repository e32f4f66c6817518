import type { MessagePort } from 'node:worker_threads';
import { type Remote, transfer } from 'comlink';
import type { TreeNode } from './child-spec.ts';
import type { Clock } from './clock.ts';
import { within } from './deadline.ts';
import { type ErrorFacts, errorFacts, RemoteError } from './error-facts.ts';
import type { Harm } from './harm.ts';
import type { ThreadService } from './thread-protocol.ts';

/** What the main thread may ask of a running thread. Every call settles: with the answer, at its deadline, or when the thread ends. */
export type ThreadControl = {
  connect(peer: string, port: MessagePort, residents: readonly string[]): Promise<void>;
  stop(deadlineMs: number): Promise<void>;
  /** How long the thread took to answer, in milliseconds. */
  ping(): Promise<number>;
  crash(actor: string, reason: string): Promise<void>;
  tree(): Promise<TreeNode>;
  /** Makes the thread do that to itself, in the name of a resident. For chaos and tests. Default of a native stall: 10 s. */
  harm(way: Harm, resident?: string, stallMs?: number): Promise<void>;
};

export class ThreadEndedError extends Error {
  override readonly name = 'ThreadEndedError';
  constructor(thread: string) {
    super(`the thread ${thread} ended before it answered`);
  }
}

export type ThreadControlOptions = {
  readonly thread: string;
  readonly remote: Remote<ThreadService>;
  readonly clock: Clock;
  /** For every call but `stop`, which brings its own. */
  readonly callMs: number;
  /** Aborts when the thread is over: comlink would wait for ever. */
  readonly over: AbortSignal;
};

export function threadControl(options: ThreadControlOptions): ThreadControl {
  const { thread, remote, clock, callMs, over } = options;
  const call = <Answer>(afterMs: number, ask: () => Promise<Answer>): Promise<Answer> =>
    within(afterMs, clock, over, (signal) => answered(thread, signal, ask));
  return {
    connect: (peer, port, residents) =>
      call(callMs, () => remote.connect(peer, transfer(port, [port]), residents)),
    stop: (deadlineMs) => call(deadlineMs, () => remote.stop(deadlineMs)),
    crash: (actor, reason) => call(callMs, () => remote.crash(actor, reason)),
    tree: () => call(callMs, () => remote.tree()),
    harm: (way, resident, stallMs = 10_000) =>
      call(callMs, () => remote.harm(way, resident, stallMs)),
    ping: async () => {
      const sentAt = clock.elapsed();
      await call(callMs, () => remote.ping());
      return clock.elapsed() - sentAt;
    },
  };
}

function answered<Answer>(
  thread: string,
  signal: AbortSignal,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason as Error);
      return;
    }
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    ask().then(resolve, (error: unknown) => reject(new ThreadCallError(thread, errorFacts(error))));
  });
}

/** The thread answered with an error. */
class ThreadCallError extends Error {
  override readonly name = 'ThreadCallError';
  constructor(thread: string, facts: ErrorFacts) {
    super(`the thread ${thread} refused: ${facts.message}`, { cause: new RemoteError(facts) });
  }
}
