import type { ChildExit, ChildSpec, RunningChild, TreeNode } from './child-spec.ts';
import type { Clock } from './clock.ts';
import { deadline } from './deadline.ts';
import { type ErrorFacts, errorFacts } from './error-facts.ts';
import { settlesWithin } from './settles-within.ts';

export class ChildStartError extends Error {
  override readonly name = 'ChildStartError';
  readonly child: string;
  /** Its attempt to start goes on: it neither failed nor came up in the time it had to give up. */
  readonly isAbandoned: boolean;
  constructor(child: string, options: { readonly cause: unknown; readonly isAbandoned?: boolean }) {
    super(`${child} could not start`, options);
    this.child = child;
    this.isAbandoned = options.isAbandoned ?? false;
  }
}

/** Its end cannot be waited for. */
class ChildAbandonedError extends Error {
  override readonly name = 'ChildAbandonedError';
  constructor(child: string) {
    super(`${child} did not stop and was left behind`);
  }
}

class StopRequestedError extends Error {
  override readonly name = 'StopRequestedError';
  constructor(child: string) {
    super(`${child} was asked to stop while it was starting`);
  }
}

/** What a start gave is no child: it cannot be stopped or watched. */
class NoChildError extends Error {
  override readonly name = 'NoChildError';
  constructor(child: string, given: unknown) {
    super(`the start of ${child} gave no running child but ${String(given)}`);
  }
}

/** How a stop went: in time, by force, or not at all; with the error of a stop that failed. */
export type StopOutcome = {
  readonly result: 'stopped' | 'killed' | 'abandoned';
  readonly exit: ChildExit;
  readonly error?: ErrorFacts;
};

const stopped = { result: 'stopped', exit: { reason: 'stopped' } } as const;

/** A killed thread ends when its native code returns: a SQLite query was seen to take 3.9 s. */
const killedWithinMs = 5_000;

/** One incarnation of a child, from its start to its end. */
export class ChildLife {
  readonly epoch: number;
  readonly #spec: ChildSpec;
  readonly #clock: Clock;
  readonly #controller = new AbortController();
  #isStopping = false;
  #starting: Promise<RunningChild | undefined> | undefined;
  #running: RunningChild | undefined;

  constructor(spec: ChildSpec, epoch: number, clock: Clock) {
    this.#spec = spec;
    this.epoch = epoch;
    this.#clock = clock;
  }

  /**
   * Resolves with `undefined` when there is nothing to do. Rejects with ChildStartError, when whatever had begun is cleared away,
   * or could not be in its time to stop.
   */
  start(): Promise<RunningChild | undefined> {
    this.#starting = this.#start();
    return this.#starting;
  }

  /** @param deadlineMs how long it has before force is used */
  async stop(deadlineMs: number): Promise<StopOutcome> {
    this.#isStopping = true;
    if (this.#running && this.#spec.shutdownMs === 0) return this.#kill(this.#running);
    if (this.#running) return this.#end(this.#running, deadlineMs);
    this.#controller.abort(new StopRequestedError(this.#spec.id));
    try {
      const late = await this.#starting;
      return late ? await this.#end(late, deadlineMs) : stopped;
    } catch (error) {
      if (!(error instanceof ChildStartError)) throw error;
      return error.isAbandoned ? this.#abandoned() : stopped;
    }
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** What its start had to tell. */
  get info(): unknown {
    return this.#running?.info;
  }

  tree(): TreeNode | undefined {
    return this.#running?.tree?.();
  }

  async #start(): Promise<RunningChild | undefined> {
    const limit = deadline(this.#spec.startMs, this.#clock, this.#controller.signal);
    const { epoch } = this;
    const attempt = (async () => this.#spec.start({ epoch, signal: limit.signal }))().then(
      (given) => asChild(this.#spec.id, given),
    );
    try {
      this.#running = await unlessAborted(attempt, limit.signal);
      return this.#running;
    } catch (error) {
      const isCleared = await this.#clearAway(attempt);
      throw new ChildStartError(this.#spec.id, { cause: error, isAbandoned: !isCleared });
    } finally {
      limit.clear();
    }
  }

  /** An attempt that was given up may still succeed: then it is ended at once. */
  #clearAway(attempt: Promise<RunningChild | undefined>): Promise<boolean> {
    const cleared = attempt.then(
      (late) => late && this.#end(late, this.#spec.shutdownMs),
      () => {
        // Why it failed is what the caller reports.
      },
    );
    return settlesWithin(cleared, this.#spec.shutdownMs, this.#clock);
  }

  async #end(running: RunningChild, deadlineMs: number): Promise<StopOutcome> {
    // Its end is what counts: an answer that is lost on the way does not make it run.
    const asked = (async () => running.stop(deadlineMs))();
    const over = Promise.race([running.ended, asked.then(() => running.ended)]);
    try {
      if (!(await settlesWithin(over, deadlineMs, this.#clock))) return await this.#kill(running);
      return { result: 'stopped', exit: await running.ended };
    } catch (error) {
      return { ...(await this.#kill(running)), error: errorFacts(error) };
    }
  }

  async #kill(running: RunningChild): Promise<StopOutcome> {
    if (!running.kill) return this.#abandoned();
    const killed = Promise.all([running.kill(), running.ended]);
    if (!(await settlesWithin(killed, killedWithinMs, this.#clock))) return this.#abandoned();
    return { result: 'killed', exit: await running.ended };
  }

  #abandoned(): StopOutcome {
    const error = errorFacts(new ChildAbandonedError(this.#spec.id));
    return { result: 'abandoned', exit: { reason: 'failed', error } };
  }
}

/** @throws NoChildError */
function asChild(id: string, given: RunningChild | undefined): RunningChild | undefined {
  if (given === undefined) return undefined;
  const { stop, ended } = Object(given) as Partial<RunningChild>;
  if (typeof stop === 'function' && ended instanceof Promise) return given;
  throw new NoChildError(id, given);
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    const forget = () => signal.removeEventListener('abort', onAbort);
    work.then(resolve, reject).then(forget, forget);
  });
}
