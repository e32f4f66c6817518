import { setMaxListeners } from 'node:events';
import type { ChildExit, TreeNode } from './child-spec.ts';
import { type ErrorFacts, errorFacts, RemoteError } from './error-facts.ts';
import { culpritOf, type Pulse } from './pulse.ts';
import type { SupervisionEvent } from './supervisor.ts';
import type { ThreadHandle } from './thread.ts';
import { ThreadEndedError } from './thread-control.ts';
import { isThreadNotice, type ThreadNotice } from './thread-protocol.ts';

/** A thread that left with a code of its own, or a process that was ended by a signal, without saying why. */
class ThreadExitError extends Error {
  override readonly name = 'ThreadExitError';
  readonly code: string;
  constructor(thread: string, exitCode: number, signal: string | undefined) {
    super(
      signal === undefined
        ? `the thread ${thread} left with exit code ${exitCode}`
        : `the process ${thread} was ended by ${signal}`,
    );
    this.code = signal ?? `EXIT_${exitCode}`;
  }
}

/** A thread whose loop did not turn for too long. */
class ThreadHungError extends Error {
  override readonly name = 'ThreadHungError';
  constructor(thread: string, withoutBeatMs: number) {
    super(`the thread ${thread} showed no sign of life for ${withoutBeatMs} ms`);
  }
}

type Failure = { readonly error: ErrorFacts; readonly culprit?: string };

export type ThreadLifeOptions = {
  readonly thread: string;
  readonly worker: ThreadHandle;
  readonly pulse: Pulse;
  /** Who the numbers in the pulse are, from 1. */
  readonly residents: readonly string[];
  readonly onSupervision: (event: SupervisionEvent) => void;
};

/** Its native code does not return, so it cannot be ended. It may still hold what it held. */
class ThreadLeftBehindError extends Error {
  override readonly name = 'ThreadLeftBehindError';
  constructor(thread: string, cause: unknown) {
    super(`the thread ${thread} could not be ended and was left behind`, { cause });
  }
}

/** Watches one thread from its first moment: what it says, what it dies of, when it is gone. */
export class ThreadLife {
  /** Resolves when the thread is ready; rejects when its start fails or it ends before. */
  readonly ready: Promise<void>;
  /** Resolves when the thread is gone, or was left behind. */
  readonly ended: Promise<ChildExit>;
  readonly #thread: string;
  readonly #over = new AbortController();
  readonly #onSupervision: (event: SupervisionEvent) => void;
  readonly #pulse: Pulse;
  readonly #residents: string[];
  #isStopRequested = false;
  #failure: Failure | undefined;
  #tree: TreeNode | undefined;
  #settleEnded: (exit: ChildExit) => void = () => {};
  #settleReady: { resolve(): void; reject(error: Error): void } = {
    resolve: () => {},
    reject: () => {},
  };

  constructor({ thread, worker, pulse, residents, onSupervision }: ThreadLifeOptions) {
    this.#thread = thread;
    this.#pulse = pulse;
    this.#residents = [...residents];
    this.#onSupervision = onSupervision;
    // Every call under way listens for the thread's end; ten are no leak.
    setMaxListeners(0, this.#over.signal);
    this.ready = new Promise((resolve, reject) => {
      this.#settleReady = { resolve, reject };
    });
    // A thread that fails after its start was given up has nobody waiting here; `ended` tells.
    this.ready.catch(() => undefined);
    // Without a listener an error of the thread would end the process.
    worker.on('error', (error: unknown) => void this.#fail(errorFacts(error)));
    worker.on('messageerror', (error: unknown) => void this.#fail(errorFacts(error)));
    worker.on('message', (message: unknown) => {
      if (isThreadNotice(message)) this.#heed(message);
    });
    this.ended = new Promise((resolve) => {
      this.#settleEnded = resolve;
      worker.once('exit', (code, signal) => resolve(this.#exitOf(code, signal ?? undefined)));
    });
  }

  /** Aborts when the thread is gone. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** As the thread last told. */
  get tree(): TreeNode | undefined {
    return this.#tree;
  }

  /** It does not react any more: its end, whoever brings it about, is a crash. */
  hung(withoutBeatMs: number): void {
    this.#fail(errorFacts(new ThreadHungError(this.#thread, withoutBeatMs)));
  }

  /** It counts as ended though it is not: what it still does is its own affair, and its late end is no news. */
  leaveBehind(): void {
    const cause = this.#failure && new RemoteError(this.#failure.error);
    const error = errorFacts(new ThreadLeftBehindError(this.#thread, cause));
    this.#failure = { ...this.#failure, error };
    this.#settleEnded(this.#exitOf(1));
  }

  /** From here on its end is no crash. The exit code does not tell: a terminated thread has the code of a failed one. */
  stopRequested(): void {
    this.#isStopRequested = true;
  }

  #heed(notice: ThreadNotice): void {
    switch (notice.type) {
      case 'ready':
        this.#tree = notice.tree;
        this.#settleReady.resolve();
        return;
      case 'supervision':
        this.#onSupervision(notice.event);
        return;
      case 'tree':
        this.#tree = notice.tree;
        return;
      case 'resident-named':
        this.#residents.push(notice.resident);
        return;
      case 'start-failed':
        this.#fail(notice.error);
        return;
      case 'failed':
        this.#fail(notice.error, notice.culprit);
    }
  }

  /** The first failure is the reason; what comes after it follows from it. */
  #fail(error: ErrorFacts, culprit = this.#shownCulprit()): Failure {
    this.#failure ??= { error, ...(culprit !== undefined && { culprit }) };
    return this.#failure;
  }

  /** Whose code ran last, as the thread itself showed it: that can be read of one that hangs or is dead. */
  #shownCulprit(): string | undefined {
    return this.#residents[culpritOf(this.#pulse) - 1];
  }

  #exitOf(code: number, signal?: string): ChildExit {
    const exit = this.#reasonOf(code, signal);
    const ended = new ThreadEndedError(this.#thread);
    this.#settleReady.reject(exit.reason === 'failed' ? new RemoteError(exit.error) : ended);
    // An answer that came with its last words is still on its way through promises.
    setImmediate(() => this.#over.abort(ended));
    return exit;
  }

  #reasonOf(code: number, signal?: string): ChildExit {
    if (this.#isStopRequested) return { reason: 'stopped' };
    if (!this.#failure && code === 0) return { reason: 'normal' };
    const left = errorFacts(new ThreadExitError(this.#thread, code, signal));
    return { reason: 'failed', ...this.#fail(left) };
  }
}
