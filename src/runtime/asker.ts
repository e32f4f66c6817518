import type { ActorRef } from './actor.ts';
import type { DeadLetter } from './dead-letters.ts';
import type { Down } from './death-watch.ts';
import { MailboxFullError } from './mailbox.ts';
import type { PostOffice } from './post-office.ts';
import type { TimerWheel, WheelTimer } from './timer-wheel.ts';

/** Travels with a question. Whoever answers hands it back, once. */
export type ReplyTo = {
  readonly id: number;
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

type Pending = {
  readonly target: string;
  readonly settle: (outcome: AskOutcome<unknown>) => void;
  readonly timer: WheelTimer;
};

type Target = { readonly giveUp: () => void; readonly ids: Set<number> };

type Reply = { readonly id: number; readonly answer: unknown };

const actorName = 'answers';

/** Asks for the actors of one thread. All questions to one actor share one watch of it. */
export class Asker {
  readonly #office: PostOffice;
  readonly #timers: TimerWheel;
  readonly #address: string;
  readonly #onDeadLetter: (letter: DeadLetter) => void;
  readonly #pending = new Map<number, Pending>();
  readonly #targets = new Map<string, Target>();
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
   * Asks once and waits for the answer, the deadline or the end of the one asked, whichever is first.
   *
   * @throws AskCycleError before anything is sent
   */
  ask<Question, Answer>(
    { from, to, deadlineMs, because }: AskOptions,
    question: (replyTo: ReplyTo) => Question,
  ): Promise<AskOutcome<Answer>> {
    const chain = [...(because?.chain ?? []), from];
    if (chain.includes(to)) throw new AskCycleError([...chain, to]);
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      const timer = this.#timers.set(deadlineMs, () => this.#settle(id, { outcome: 'timed-out' }));
      const settle = resolve as (outcome: AskOutcome<unknown>) => void;
      this.#pending.set(id, { target: to, settle, timer });
      this.#watch(to, id);
      if (this.#pending.has(id))
        this.#send(to, id, question({ id, address: this.#address, chain }));
    });
  }

  /** Questions that wait. */
  get pendingCount(): number {
    return this.#pending.size;
  }

  #send(to: string, id: number, question: unknown): void {
    try {
      this.#office.ref(to).tell(question);
    } catch (error) {
      this.#settle(id, { outcome: 'overloaded' });
      if (!(error instanceof MailboxFullError)) throw error;
    }
  }

  #watch(to: string, id: number): void {
    const known = this.#targets.get(to);
    if (known) {
      known.ids.add(id);
      return;
    }
    const ids = new Set([id]);
    let isOver = false;
    const giveUp = this.#office.watch(to, (down) => {
      isOver = true;
      this.#targets.delete(to);
      for (const each of [...ids]) this.#settle(each, { outcome: 'down', down });
    });
    if (!isOver) this.#targets.set(to, { giveUp, ids });
  }

  #answered({ id, answer }: Reply): void {
    if (this.#pending.has(id)) this.#settle(id, { outcome: 'answered', answer });
    else this.#onDeadLetter({ to: this.#address, message: answer, reason: 'late-answer' });
  }

  #settle(id: number, outcome: AskOutcome<unknown>): void {
    const pending = this.#pending.get(id);
    if (!pending) return;
    this.#pending.delete(id);
    this.#timers.cancel(pending.timer);
    const target = this.#targets.get(pending.target);
    target?.ids.delete(id);
    if (target?.ids.size === 0) {
      this.#targets.delete(pending.target);
      target.giveUp();
    }
    pending.settle(outcome);
  }
}

/** Answers a question, from whichever thread. */
export function answer(office: PostOffice, { id, address }: ReplyTo, value: unknown): void {
  const reply: Reply = { id, answer: value };
  office.ref<Reply>(address).tell(reply);
}
