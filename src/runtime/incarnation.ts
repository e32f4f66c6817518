import { setMaxListeners } from 'node:events';
import type { Actor } from './actor.ts';
import type { ChildExit } from './child-spec.ts';
import type { Clock } from './clock.ts';
import { type DeadlineError, within } from './deadline.ts';
import { errorFacts } from './error-facts.ts';

/** What an incarnation works on. It belongs to the cell and outlives it. */
export type Work<Message> = {
  /** The next message to handle, if there is one. */
  next(): Message | undefined;
  /** `message` made the actor fail. It is not handed out again. */
  failed(message: Message): void;
  /** Gives the actor its next turn. */
  schedule(turn: () => void): void;
  readonly clock: Clock;
  /** How long `stopped` may take after a crash. */
  readonly releaseMs: number;
};

/** Thrown in place of handling a message, because somebody asked for a crash. */
class RequestedCrashError extends Error {
  override readonly name = 'RequestedCrashError';
}

/** Fairness: after so many messages the other actors of the thread, timers and sockets have their turn. */
const messagesPerTurn = 64;

type Order = 'stop' | 'end' | RequestedCrashError;

/** One life of an actor, from its first message to its end. */
export class Incarnation<Message> {
  readonly ended: Promise<ChildExit>;
  readonly #work: Work<Message>;
  readonly #controller = new AbortController();
  #settle: (exit: ChildExit) => void = () => {};
  #actor: Actor<Message> | undefined;
  #order: Order | undefined;
  #hasTurn = false;
  #isOver = false;
  #isFailing = false;
  /** The message that is being handled. */
  #handling: Message | undefined;

  constructor(work: Work<Message>) {
    this.#work = work;
    // Whatever the actor waits for listens here; ten at a time are no leak.
    setMaxListeners(0, this.#controller.signal);
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** Aborts when this incarnation is over. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** From here on `actor` gets its messages. */
  begin(actor: Actor<Message>): void {
    this.#actor = actor;
    this.wake();
  }

  /** There may be something to do. */
  wake(): void {
    if (!this.#actor || this.#hasTurn || this.#isOver) return;
    this.#hasTurn = true;
    this.#work.schedule(() => void this.#turn(this.#actor as Actor<Message>));
  }

  /** Ends it after the current message, before any other. */
  stop(): void {
    this.#obey('stop');
  }

  /** The actor itself has done its work. */
  end(): void {
    this.#obey('end');
  }

  /** Throws inside the actor, in place of its next message. */
  crash(reason: string): void {
    this.#obey(new RequestedCrashError(reason));
  }

  /**
   * Something that it started has failed where nobody catches. It fails at once: a handler that still waits may wait for just that.
   */
  fail(error: unknown): void {
    if (this.#actor) void this.#fail(this.#actor, error, this.#handling);
    else this.#finish({ reason: 'failed', error: errorFacts(error) });
  }

  /** Gives it up at once: a handler that never returns is left alone, and its signal aborts. */
  kill(reason: Error): void {
    this.#finish({ reason: 'failed', error: errorFacts(reason) });
  }

  /** An order overtakes every message; a stop overrides what was ordered before it. */
  #obey(order: Order): void {
    if (this.#order !== 'stop') this.#order = order;
    this.wake();
  }

  async #turn(actor: Actor<Message>): Promise<void> {
    for (let count = 0; count < messagesPerTurn; count += 1) {
      if (this.#isOver || this.#isFailing) return;
      if (this.#order) return this.#carryOut(actor, this.#order);
      const message = this.#work.next();
      if (message === undefined) {
        this.#hasTurn = false;
        return;
      }
      this.#handling = message;
      try {
        const handling = actor.receive(message);
        if (handling !== undefined) await handling;
      } catch (error) {
        return this.#fail(actor, error, message);
      }
      this.#handling = undefined;
    }
    this.#work.schedule(() => void this.#turn(actor));
  }

  async #carryOut(actor: Actor<Message>, order: Order): Promise<void> {
    if (order instanceof RequestedCrashError) return this.#fail(actor, order);
    try {
      await actor.stopped?.();
      this.#finish({ reason: order === 'stop' ? 'stopped' : 'normal' });
    } catch (error) {
      this.#finish({ reason: 'failed', error: errorFacts(error) });
    }
  }

  async #fail(actor: Actor<Message>, error: unknown, message?: Message): Promise<void> {
    // After `kill` somebody else lives here: what the old handler throws, late, concerns nobody.
    if (this.#isOver || this.#isFailing) return;
    this.#isFailing = true;
    if (message !== undefined) this.#work.failed(message);
    const releaseError = await this.#release(actor);
    const cause = releaseError
      ? new AggregateError([error, releaseError], 'failed, and failed again to release', {
          cause: error,
        })
      : error;
    this.#finish({ reason: 'failed', error: errorFacts(cause) });
  }

  /** What went wrong while a crashed actor released what it held. */
  async #release(actor: Actor<Message>): Promise<unknown> {
    const { clock, releaseMs } = this.#work;
    try {
      await within(releaseMs, clock, undefined, (signal) =>
        Promise.race([actor.stopped?.(), aborted(signal)]),
      );
      return undefined;
    } catch (error) {
      return error;
    }
  }

  #finish(exit: ChildExit): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#controller.abort(new IncarnationOverError());
    this.#settle(exit);
  }
}

/** The reason of an incarnation's signal. */
class IncarnationOverError extends Error {
  override readonly name = 'IncarnationOverError';
  constructor() {
    super('this incarnation of the actor is over');
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as DeadlineError), { once: true });
  });
}
