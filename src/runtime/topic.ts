import type { ActorRef } from './actor.ts';
import type { DeadLetter } from './dead-letters.ts';
import { MailboxFullError } from './mailbox.ts';

export type TopicOptions = {
  readonly name: string;
  /** What a subscriber's full mailbox has refused. */
  readonly onDeadLetter: (letter: DeadLetter) => void;
};

/**
 * A ref that stands for all who have subscribed: what it is told, each of them is told, in the order of subscription. Each takes it
 * within the bounds of his own mailbox; one who refuses keeps nobody else from hearing. A subscription holds over the restarts
 * of its actor and ends when it is given up: who wants it to end with the actor gives it up when a watch says so.
 */
export class Topic<Message> implements ActorRef<Message> {
  readonly name: string;
  readonly #onDeadLetter: (letter: DeadLetter) => void;
  readonly #subscribers = new Map<symbol, ActorRef<Message>>();

  constructor({ name, onDeadLetter }: TopicOptions) {
    this.name = name;
    this.#onDeadLetter = onDeadLetter;
  }

  /** From here on `subscriber` hears everything, until the returned function is called. */
  subscribe(subscriber: ActorRef<Message>): () => void {
    // Its own key: the same subscriber may subscribe twice.
    const key = Symbol(subscriber.name);
    this.#subscribers.set(key, subscriber);
    return () => void this.#subscribers.delete(key);
  }

  tell(message: Message): void {
    for (const subscriber of [...this.#subscribers.values()]) this.#tellOne(subscriber, message);
  }

  #tellOne(subscriber: ActorRef<Message>, message: Message): void {
    try {
      subscriber.tell(message);
    } catch (error) {
      if (!(error instanceof MailboxFullError)) throw error;
      this.#onDeadLetter({ to: subscriber.name, message, reason: 'mailbox-full' });
    }
  }
}
