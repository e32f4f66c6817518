import { setMaxListeners } from 'node:events';
import type { Worker } from 'node:worker_threads';
import type { ChildExit, TreeNode } from './child-spec.ts';
import { type ErrorFacts, errorFacts, RemoteError } from './error-facts.ts';
import type { SupervisionEvent } from './supervisor.ts';
import { ThreadEndedError } from './thread-control.ts';
import { isThreadNotice, type ThreadNotice } from './thread-protocol.ts';

/** A thread that left with a code of its own, without saying why. */
class ThreadExitError extends Error {
  override readonly name = 'ThreadExitError';
  readonly code: string;
  constructor(thread: string, exitCode: number) {
    super(`the thread ${thread} left with exit code ${exitCode}`);
    this.code = `EXIT_${exitCode}`;
  }
}

/** A thread whose loop did not turn for too long. */
class ThreadHungError extends Error {
  override readonly name = 'ThreadHungError';
  constructor(thread: string, withoutBeatMs: number) {
    super(`the thread ${thread} showed no sign of life for ${withoutBeatMs} ms`);
  }
}

/** Watches one thread from its first moment: what it says, what it dies of, when it is gone. */
export class ThreadLife {
  /** Resolves when the thread is ready; rejects when its start fails or it ends before. */
  readonly ready: Promise<void>;
  /** Resolves when the thread is gone. */
  readonly ended: Promise<ChildExit>;
  readonly #thread: string;
  readonly #over = new AbortController();
  readonly #onSupervision: (event: SupervisionEvent) => void;
  #isStopRequested = false;
  #failure: ErrorFacts | undefined;
  #tree: TreeNode | undefined;
  #settleReady: { resolve(): void; reject(error: Error): void } = {
    resolve: () => {},
    reject: () => {},
  };

  constructor(thread: string, worker: Worker, onSupervision: (event: SupervisionEvent) => void) {
    this.#thread = thread;
    this.#onSupervision = onSupervision;
    // Every call under way listens for the thread's end; ten are no leak.
    setMaxListeners(0, this.#over.signal);
    this.ready = new Promise((resolve, reject) => {
      this.#settleReady = { resolve, reject };
    });
    // A thread that fails after its start was given up has nobody waiting here; `ended` tells.
    this.ready.catch(() => undefined);
    // Without a listener an error of the thread would end the process.
    worker.on('error', (error) => this.#fail(errorFacts(error)));
    worker.on('messageerror', (error) => this.#fail(errorFacts(error)));
    worker.on('message', (message: unknown) => {
      if (isThreadNotice(message)) this.#heed(message);
    });
    this.ended = new Promise((resolve) => {
      worker.once('exit', (code) => resolve(this.#exitOf(code)));
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
        this.#tree = notice.tree;
        this.#onSupervision(notice.event);
        return;
      case 'start-failed':
      case 'failed':
        this.#fail(notice.error);
    }
  }

  /** The first failure is the reason; what comes after it follows from it. */
  #fail(error: ErrorFacts): void {
    this.#failure ??= error;
  }

  #exitOf(code: number): ChildExit {
    const exit = this.#reasonOf(code);
    const ended = new ThreadEndedError(this.#thread);
    this.#settleReady.reject(exit.reason === 'failed' ? new RemoteError(exit.error) : ended);
    this.#over.abort(ended);
    return exit;
  }

  #reasonOf(code: number): ChildExit {
    if (this.#isStopRequested) return { reason: 'stopped' };
    if (this.#failure) return { reason: 'failed', error: this.#failure };
    if (code === 0) return { reason: 'normal' };
    return { reason: 'failed', error: errorFacts(new ThreadExitError(this.#thread, code)) };
  }
}
