import type { Actor, ActorContext, ActorRef } from './actor.ts';
import type { Clock } from './clock.ts';
import type { DeadLetter, DeadLetterReason } from './dead-letters.ts';
import { Incarnation } from './incarnation.ts';
import { type Lane, Mailbox, type MailboxOptions } from './mailbox.ts';
import { PoisonWatch } from './poison-watch.ts';
import { Stash } from './stash.ts';

export type ActorCellOptions<Message> = {
  readonly name: string;
  readonly mailbox: MailboxOptions<Message>;
  /** What its actor may put aside, and whether that is handed to its successor after a crash or dead. Default: nothing. */
  readonly stash?: { readonly capacity: number; readonly afterCrash: 'kept' | 'lost' } | undefined;
  readonly clock: Clock;
  /** How long `stopped` of a crashed actor may take before the crash is reported all the same. */
  readonly releaseMs: number;
  readonly onDeadLetter: (letter: DeadLetter) => void;
  /** Default: everything is data. */
  readonly laneOf?: ((message: Message) => Lane) | undefined;
  /** What makes two messages the same one, sent again. Default: being the same object. */
  readonly identityOf?: ((message: Message) => unknown) | undefined;
  /** When an actor with mail gets its next turn. Default `setImmediate`: between turns the event loop runs. */
  readonly schedule?: ((turn: () => void) => void) | undefined;
};

/** Builds the actor of one incarnation. */
export type MakeActor<Message> = (
  context: ActorContext<Message>,
) => Actor<Message> | Promise<Actor<Message>>;

/**
 * The place of one actor and its successors. Ref and mailbox outlive a crash; the failing message does not. Before the
 * first start, and between a crash and the restart, messages wait. Once the place is closed they are dead letters.
 */
export class ActorCell<Message> {
  readonly ref: ActorRef<Message>;
  readonly #options: ActorCellOptions<Message>;
  readonly #mailbox: Mailbox<Message>;
  readonly #stash: Stash<Message>;
  readonly #poison = new PoisonWatch();
  #isOpen = true;
  #current: Incarnation<Message> | undefined;

  constructor(options: ActorCellOptions<Message>) {
    this.#options = options;
    this.#mailbox = new Mailbox(options.mailbox);
    this.#stash = new Stash(options.stash?.capacity ?? 0);
    this.ref = { name: options.name, tell: (message) => this.#accept(message) };
  }

  /** Makes an actor and hands it messages. Rejects when `make` does, or when `signal` aborts before the actor is made. */
  async start(
    epoch: number,
    signal: AbortSignal,
    make: MakeActor<Message>,
  ): Promise<Incarnation<Message>> {
    const own = new Incarnation<Message>({
      next: () => this.#next(),
      failed: (message) => this.#poison.crashedOn(this.#identityOf(message)),
      schedule: this.#options.schedule ?? ((turn) => setImmediate(turn)),
      clock: this.#options.clock,
      releaseMs: this.#options.releaseMs,
    });
    const giveUp = () => own.kill(signal.reason as Error);
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      const end = () => own.end();
      const stash = (message: Message) => this.#stash.put(message);
      const bringBack = () => this.#stash.bringBack();
      const { signal: over } = own;
      this.#afterCrash();
      const actor = await make({ self: this.ref, epoch, signal: over, stash, bringBack, end });
      if (signal.aborted) await actor.stopped?.();
      signal.throwIfAborted();
      this.#isOpen = true;
      this.#current = own;
      own.begin(actor);
      return own;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  /** Nobody will read the mail: what waits, and what still comes, is dead-lettered. */
  close(): void {
    this.#isOpen = false;
    for (const left of this.#stash.clear()) this.#lose(left, 'stopped');
    for (let left = this.#mailbox.shift(); left !== undefined; left = this.#mailbox.shift()) {
      this.#lose(left, 'stopped');
    }
  }

  #accept(message: Message): void {
    if (!this.#isOpen) {
      this.#lose(message, 'stopped');
      return;
    }
    const lost = this.#mailbox.push(message, this.#options.laneOf?.(message));
    if (lost !== undefined)
      this.#lose(lost, this.#isSuperseded(lost, message) ? 'superseded' : 'mailbox-full');
    this.#current?.wake();
  }

  /** The successor begins with what was put aside, or without. */
  #afterCrash(): void {
    if (this.#options.stash?.afterCrash === 'kept') this.#stash.bringBack();
    else for (const left of this.#stash.clear()) this.#lose(left, 'stopped');
  }

  /** A newer message with its key has taken its place. */
  #isSuperseded(lost: Message, by: Message): boolean {
    const { mailbox, laneOf } = this.#options;
    if (!mailbox.bulkKeyOf || laneOf?.(by) !== 'bulk') return false;
    return mailbox.bulkKeyOf(lost) === mailbox.bulkKeyOf(by);
  }

  /** The next message that has not proven to be poison. */
  #next(): Message | undefined {
    for (;;) {
      const message = this.#stash.next() ?? this.#mailbox.shift();
      if (message === undefined || !this.#poison.isPoison(this.#identityOf(message)))
        return message;
      this.#lose(message, 'poison');
    }
  }

  /** Undefined where two messages cannot be told apart: a plain string is not the same one sent again. */
  #identityOf(message: Message): unknown {
    if (this.#options.identityOf) return this.#options.identityOf(message);
    return typeof message === 'object' ? message : undefined;
  }

  #lose(message: Message, reason: DeadLetterReason): void {
    this.#options.onDeadLetter({ to: this.ref.name, message, reason });
  }
}
