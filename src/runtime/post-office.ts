import type { MessagePort } from 'node:worker_threads';
import type { ActorRef } from './actor.ts';
import type { DeadLetter, DeadLetterReason } from './dead-letters.ts';
import { DeathWatch, type Down } from './death-watch.ts';
import { MailboxFullError } from './mailbox.ts';
import { type CreditNotice, messagesPerCredit, OutgoingLine } from './outgoing-line.ts';
import { WatchLines, type WatchNotice } from './watch-lines.ts';

/** A message under way between threads: the actor it is for, and itself. */
type Envelope = readonly [actor: string, message: unknown];

/** What counts against the window of a line. */
type Said = Envelope | WatchNotice;

type RemoteLetter = {
  readonly thread: string;
  readonly actor: string;
  readonly address: string;
  readonly message: unknown;
};

/** Messages under way to one thread; 2.5 MB of small ones, as a port's queue was seen to take 256 B for each. */
const defaultWindow = 10_000;

/** How many messages may wait for a peer's first line. */
const waitingMax = 1_000;

/** A message that cannot be copied to another thread, such as one with a function in it. The sender is told at once. */
export class UncloneableMessageError extends Error {
  override readonly name = 'UncloneableMessageError';
  constructor(address: string, options: ErrorOptions) {
    super(`a message to ${address} cannot be copied to another thread`, options);
  }
}

export type PostOfficeOptions = {
  /** The name of the thread this post office is in. */
  readonly thread: string;
  readonly onDeadLetter: (letter: DeadLetter) => void;
  /** Who of this thread is there. Without it nobody here counts as running. */
  readonly deathWatch?: DeathWatch;
  /** How many messages may be under way to one thread. Default: 10,000. */
  readonly window?: number;
};

/**
 * Delivers messages between the actors of this thread and of others, over one port for each pair of threads: so messages from one
 * actor to another keep their order. An address is `thread/actor`. What is said to a peer before its first line is there waits
 * for it, within a limit; once a line has been lost, what cannot be sent is a dead letter.
 */
export class PostOffice {
  readonly #thread: string;
  readonly #onDeadLetter: (letter: DeadLetter) => void;
  readonly #actors = new Map<string, ActorRef<unknown>>();
  readonly #lines = new Map<string, OutgoingLine<Said>>();
  readonly #window: number;
  /** By peer that had no line yet, oldest first. */
  readonly #waiting = new Map<string, Envelope[]>();
  readonly #known = new Set<string>();
  readonly #deathWatch: DeathWatch;
  readonly #watchLines: WatchLines;

  constructor(options: PostOfficeOptions) {
    const { thread, onDeadLetter, deathWatch = new DeathWatch() } = options;
    this.#window = options.window ?? defaultWindow;
    this.#thread = thread;
    this.#deathWatch = deathWatch;
    this.#watchLines = new WatchLines(deathWatch);
    this.#onDeadLetter = onDeadLetter;
  }

  /** Makes an actor of this thread reachable under `actor`, in place of an earlier one. */
  register(actor: string, ref: ActorRef<never>): void {
    this.#actors.set(actor, ref as ActorRef<unknown>);
  }

  unregister(actor: string): void {
    this.#actors.delete(actor);
  }

  /** From here on `port` leads to `peer`. An earlier port, to a former life of it, is closed. */
  connect(peer: string, port: MessagePort): void {
    this.#lines.get(peer)?.port.close();
    const line = new OutgoingLine<Said>(port, this.#window);
    this.#lines.set(peer, line);
    this.#known.add(peer);
    for (const envelope of this.#waiting.get(peer) ?? []) line.send(envelope, (same) => same);
    this.#waiting.delete(peer);
    let taken = 0;
    this.#watchLines.opened(port, (notice) => line.sendSurely(notice));
    port.on('message', (said: Said | CreditNotice) => {
      if ('type' in said && said.type === 'credit') return line.confirmed(said.count);
      taken += 1;
      if (taken % messagesPerCredit === 0) credit(port);
      if ('type' in said) this.#watchLines.heed(port, said);
      else this.#deliver(said);
    });
    port.on('messageerror', (cause) => this.#lose(`${this.#thread}/?`, cause, 'undeliverable'));
    port.on('close', () => {
      if (this.#lines.get(peer) === line) this.#lines.delete(peer);
      for (const said of line.takeWaiting()) {
        if (!('type' in said)) this.#lose(`${peer}/${said[0]}`, said[1], 'not-connected');
      }
      this.#watchLines.closed(port);
    });
  }

  /**
   * Calls `onDown` once: when the actor behind the address ends, when its thread does, or at once when it is not there. What it
   * had sent before has been delivered by then. The returned function gives up the watch.
   */
  watch(address: string, onDown: (down: Down) => void): () => void {
    const { thread, actor } = parseAddress(address);
    if (thread === this.#thread) return this.#deathWatch.watch(actor, onDown);
    const line = this.#lines.get(thread);
    if (line) return this.#watchLines.watch(line.port, actor, onDown);
    onDown({ reason: 'thread-ended' });
    return () => {};
  }

  /** Watches that have not been told of an end, over lines to other threads. */
  get watchCount(): number {
    return this.#watchLines.count;
  }

  isConnected(peer: string): boolean {
    return this.#lines.has(peer);
  }

  /** Messages that may be sent to a peer at once; what is more waits here until it has taken some. */
  roomTo(peer: string): number {
    return this.#lines.get(peer)?.room ?? 0;
  }

  /** A ref for an address, here or elsewhere. It may be made long before there is anybody behind it. */
  ref<Message>(address: string): ActorRef<Message> {
    const { thread, actor } = parseAddress(address);
    const isLocal = thread === this.#thread;
    return {
      name: address,
      tell: isLocal
        ? (message) => this.#tellLocal(actor, message)
        : (message) => this.#tellRemote({ thread, actor, address, message }),
    };
  }

  /** Closes every port: from here on everything sent elsewhere is a dead letter. */
  close(): void {
    for (const { port } of this.#lines.values()) port.close();
    this.#lines.clear();
  }

  /** As in one thread: a mailbox that rejects tells the sender. */
  #tellLocal(actor: string, message: unknown): void {
    const ref = this.#actors.get(actor);
    if (ref) ref.tell(message);
    else this.#lose(`${this.#thread}/${actor}`, message, 'unknown-actor');
  }

  #tellRemote(letter: RemoteLetter): void {
    const { thread, actor, address, message } = letter;
    const line = this.#lines.get(thread);
    if (!line) return this.#keepOrLose(letter);
    const envelope: Envelope = [actor, message];
    try {
      if (!line.send(envelope, structuredClone)) this.#lose(address, message, 'no-credit');
    } catch (error) {
      throw new UncloneableMessageError(address, { cause: error });
    }
  }

  /** A thread's first words are said before main has given it its lines. */
  #keepOrLose({ thread, actor, address, message }: RemoteLetter): void {
    const waiting = this.#waiting.get(thread) ?? [];
    if (this.#known.has(thread) || waiting.length >= waitingMax) {
      this.#lose(address, message, 'not-connected');
      return;
    }
    this.#waiting.set(thread, waiting);
    waiting.push([actor, copyOf(message, address)]);
  }

  /** The sender is in another thread and cannot be told any more. */
  #deliver([actor, message]: Envelope): void {
    try {
      this.#tellLocal(actor, message);
    } catch (error) {
      if (!(error instanceof MailboxFullError)) throw error;
      this.#lose(`${this.#thread}/${actor}`, message, 'mailbox-full');
    }
  }

  #lose(to: string, message: unknown, reason: DeadLetterReason): void {
    this.#onDeadLetter({ to, message, reason });
  }
}

function credit(port: MessagePort): void {
  const notice: CreditNotice = { type: 'credit', count: messagesPerCredit };
  port.postMessage(notice);
}

/** As it is now: a line would copy it, too. */
function copyOf(message: unknown, address: string): unknown {
  try {
    return structuredClone(message);
  } catch (error) {
    throw new UncloneableMessageError(address, { cause: error });
  }
}

class AddressError extends Error {
  override readonly name = 'AddressError';
  constructor(address: string) {
    super(`an address is thread/actor, was ${JSON.stringify(address)}`);
  }
}

/** The thread is what stands before the first slash: actors may have slashes in their names. */
function parseAddress(address: string): { readonly thread: string; readonly actor: string } {
  const slash = address.indexOf('/');
  if (slash <= 0 || slash === address.length - 1) throw new AddressError(address);
  return { thread: address.slice(0, slash), actor: address.slice(slash + 1) };
}
