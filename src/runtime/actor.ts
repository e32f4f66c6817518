/** A state with one message at a time. */
export type Actor<Message> = {
  /** Takes one message. The next one waits until a returned promise has settled. A throw ends this incarnation. */
  receive(message: Message): void | Promise<void>;
  /** Called once, after the last message, whether the actor was stopped or has crashed: release what it holds. */
  stopped?(): void | Promise<void>;
};

/** Where to send. It stays the same over every restart of the actor behind it. */
export type ActorRef<Message> = {
  readonly name: string;
  /** Sends and forgets: at most once, in order per sender and lane. Throws only where the receiver's mailbox is declared to reject. */
  tell(message: Message): void;
};

/** What an actor is given when it starts. */
export type ActorContext<Message> = {
  readonly self: ActorRef<Message>;
  /** Grows with every start of this actor: the mark of one incarnation. */
  readonly epoch: number;
  /** Aborts when this incarnation is over, however it ended: whatever it still waits for must not act any more. */
  readonly signal: AbortSignal;
  /** Puts a message aside, for `bringBack`. Throws StashFullError when too many are, always where the actor declared no stash. */
  stash(message: Message): void;
  /** What was put aside comes again, in its order, before the next message. */
  bringBack(): void;
  /** Ends the actor after the current message, as a normal end. */
  end(): void;
};
