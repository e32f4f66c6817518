import type { ActorRef } from './actor.ts';
import type { DeadLetter } from './dead-letters.ts';
import type { Down } from './death-watch.ts';
import { MailboxFullError } from './mailbox.ts';
import type { PostOffice } from './post-office.ts';
import { type TimerWheel, WheelTimer } from './timer-wheel.ts';

/** Travels with a question. Whoever answers hands it back, once. */
export type ReplyTo = {
  readonly id: number;
  /** The address that was asked. */
  readonly to: string;
  /** Where the answer goes. */
  readonly address: string;
  /** Who waits for whom, the first asker first. */
  readonly chain: readonly string[];
};

/** How a question ended. Each has exactly one of these, by its deadline at the latest. */
export type AskOutcome<Answer> =
  | { readonly outcome: 'answered'; readonly answer: Answer }
  | { readonly outcome: 'timed-out' }
  /** The one asked ended or was restarted before it answered. Nothing is asked again. */
  | { readonly outcome: 'down'; readonly down: Down }
  | { readonly outcome: 'overloaded' };

export type AskOptions = {
  /** The address of the actor that asks. */
  readonly from: string;
  readonly to: string;
  readonly deadlineMs: number;
  /** The question that the asker is about to answer, if it asks because of one. */
  readonly because?: ReplyTo | undefined;
};

/** A question to somebody who waits for the asker, or is the asker: nobody could ever answer. */
export class AskCycleError extends Error {
  override readonly name = 'AskCycleError';
  readonly chain: readonly string[];
  constructor(chain: readonly string[]) {
    super(`a question that waits for itself: ${chain.join(' -> ')}`);
    this.chain = chain;
  }
}

/** Somebody who is asked. */
type Target = {
  readonly ref: ActorRef<unknown>;
  /** The questions to him. They share one watch. */
  readonly waiting: Map<number, Asked>;
  /** He is not there, or not any more. */
  down: Down | undefined;
  giveUp: () => void;
};

/** A question that waits, and the timer of its deadline. */
class Asked extends WheelTimer {
  readonly id: number;
  readonly target: Target;
  readonly resolve: (outcome: AskOutcome<never>) => void;
  readonly #onDeadline: (asked: Asked) => void;

  constructor(
    { id, target, resolve }: Pick<Asked, 'id' | 'target' | 'resolve'>,
    onDeadline: (asked: Asked) => void,
  ) {
    super();
    this.id = id;
    this.target = target;
    this.resolve = resolve;
    this.#onDeadline = onDeadline;
  }

  override ring(): void {
    this.#onDeadline(this);
  }
}

type Reply = { readonly id: number; readonly to: string; readonly answer: unknown };

const actorName = 'answers';

/** Asks for the actors of one thread. All questions to one actor share one watch of it. */
export class Asker {
  readonly #office: PostOffice;
  readonly #timers: TimerWheel;
  readonly #address: string;
  readonly #onDeadLetter: (letter: DeadLetter) => void;
  readonly #targets = new Map<string, Target>();
  readonly #onDeadline = (asked: Asked) => this.#settle(asked, { outcome: 'timed-out' });
  #lastId = 0;

  constructor(options: {
    readonly office: PostOffice;
    readonly thread: string;
    /** Those of the thread. */
    readonly timers: TimerWheel;
    /** Answers that come late, or twice. */
    readonly onDeadLetter: (letter: DeadLetter) => void;
  }) {
    this.#office = options.office;
    this.#timers = options.timers;
    this.#onDeadLetter = options.onDeadLetter;
    this.#address = `${options.thread}/${actorName}`;
    const ref: ActorRef<Reply> = { name: actorName, tell: (reply) => this.#answered(reply) };
    this.#office.register(actorName, ref);
  }

  /**
   * Asks once and waits for the answer, the deadline or the end of the one asked, whichever is first. Rejects when the question
   * itself cannot be sent.
   *
   * @throws AskCycleError before anything is sent
   */
  ask<Question, Answer>(
    { from, to, deadlineMs, because }: AskOptions,
    question: (replyTo: ReplyTo) => Question,
  ): Promise<AskOutcome<Answer>> {
    const chain = because === undefined ? [from] : [...because.chain, from];
    if (chain.includes(to)) throw new AskCycleError([...chain, to]);
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      const target = this.#targetOf(to);
      if (target.down) return resolve({ outcome: 'down', down: target.down });
      const asked = new Asked({ id, target, resolve }, this.#onDeadline);
      target.waiting.set(id, asked);
      this.#timers.set(deadlineMs, asked);
      try {
        target.ref.tell(question({ id, to, address: this.#address, chain }));
      } catch (error) {
        if (!(error instanceof MailboxFullError)) reject(error as Error);
        this.#settle(asked, { outcome: 'overloaded' });
      }
    });
  }

  /** Questions that wait. */
  get pendingCount(): number {
    return [...this.#targets.values()].reduce((sum, { waiting }) => sum + waiting.size, 0);
  }

  #targetOf(to: string): Target {
    const known = this.#targets.get(to);
    if (known) return known;
    const ref = this.#office.ref<unknown>(to);
    const target: Target = { ref, waiting: new Map(), down: undefined, giveUp: () => {} };
    this.#targets.set(to, target);
    target.giveUp = this.#office.watch(to, (down) => {
      target.down = down;
      this.#targets.delete(to);
      for (const asked of [...target.waiting.values()]) {
        this.#settle(asked, { outcome: 'down', down });
      }
    });
    return target;
  }

  #answered({ id, to, answer }: Reply): void {
    const asked = this.#targets.get(to)?.waiting.get(id);
    if (asked) this.#settle(asked, { outcome: 'answered', answer: answer as never });
    else this.#onDeadLetter({ to: this.#address, message: answer, reason: 'late-answer' });
  }

  #settle(asked: Asked, outcome: AskOutcome<never>): void {
    const { id, target, resolve } = asked;
    if (!target.waiting.delete(id)) return;
    this.#timers.cancel(asked);
    if (target.waiting.size === 0 && !target.down) {
      this.#targets.delete(target.ref.name);
      target.giveUp();
    }
    resolve(outcome);
  }
}

/** Answers a question, from whichever thread. */
export function answer(office: PostOffice, { id, to, address }: ReplyTo, value: unknown): void {
  const reply: Reply = { id, to, answer: value };
  office.tell(address, reply);
}
