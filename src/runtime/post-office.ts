import type { MessagePort } from 'node:worker_threads';
import { assert } from '../domain/assert.ts';
import type { ActorRef } from './actor.ts';
import type { DeadLetter, DeadLetterReason } from './dead-letters.ts';
import { DeathWatch, type Down } from './death-watch.ts';
import { MailboxFullError } from './mailbox.ts';
import { type CreditNotice, messagesPerCredit, OutgoingLine } from './outgoing-line.ts';
import { WatchLines, type WatchNotice } from './watch-lines.ts';

/** A message under way between threads: the address it is for, and itself. */
type Envelope = readonly [address: string, message: unknown];

/** Who lives in the sender's thread from now on, or not any more. */
type HostNotice = { readonly type: 'hosts' | 'hosts-no-more'; readonly resident: string };

/** Messages that were said together, in their order. */
type Bundle = { readonly type: 'bundle'; readonly envelopes: readonly Envelope[] };

/** What counts against the window of a line; a bundle as often as it has messages. */
type Said = Envelope | Bundle | WatchNotice | HostNotice;

type Line = OutgoingLine<Said>;

/** What is used of a port. */
type LinePort = Pick<MessagePort, 'postMessage' | 'on' | 'close'>;

/**
 * Messages under way to one thread. It reads all of them before it hears another line: 10,000 were seen to hold up a
 * command for 30 ms, 2,000 for 4 ms.
 */
const defaultWindow = 1_000;

/** How many messages may wait for the first line to a resident. */
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
  /** Who lives in this thread beside the thread itself, from the beginning. */
  readonly residents?: readonly string[];
  readonly onDeadLetter: (letter: DeadLetter) => void;
  /** Who of the thread's own actors is there. Without it none of them counts as running. */
  readonly deathWatch?: DeathWatch;
  /** How many messages may be under way to one thread. Default: 1,000. */
  readonly window?: number;
};

/**
 * Delivers messages between the actors of this thread and of others, over one port for each pair of threads: so messages from one
 * actor to another keep their order. An address is `resident/actor`: a resident is a thread, or somebody who lives in one and may
 * move. What is said to a resident before the first line to it is there waits for it, within a limit; once a line has been lost,
 * what cannot be sent is a dead letter.
 */
export class PostOffice {
  readonly #thread: string;
  readonly #onDeadLetter: (letter: DeadLetter) => void;
  /** By address. */
  readonly #actors = new Map<string, ActorRef<unknown>>();
  readonly #hosted = new Map<string, DeathWatch>();
  /** By thread. */
  readonly #lines = new Map<string, Line>();
  /** By resident, the threads themselves among them. */
  readonly #routes = new Map<string, Line>();
  readonly #window: number;
  /** By resident that had no line yet, oldest first. */
  readonly #waiting = new Map<string, Envelope[]>();
  readonly #known = new Set<string>();
  readonly #watchLines: WatchLines;
  /** What was said since `together` or `hold` and has not left yet; undefined outside of them. */
  #held: Map<Line, Envelope[]> | undefined;

  constructor(options: PostOfficeOptions) {
    const { thread, onDeadLetter, deathWatch, residents = [] } = options;
    this.#window = options.window ?? defaultWindow;
    this.#thread = thread;
    this.#watchLines = new WatchLines((address, onDown) => this.#watchLocal(address, onDown));
    this.#onDeadLetter = onDeadLetter;
    for (const resident of residents) this.host(resident);
    this.host(thread, deathWatch);
  }

  /** Makes an actor of this thread reachable under `resident/actor`, in place of an earlier one. Default: of the thread itself. */
  register(actor: string, ref: ActorRef<never>, resident = this.#thread): void {
    this.#actors.set(`${resident}/${actor}`, ref as ActorRef<unknown>);
  }

  unregister(actor: string, resident = this.#thread): void {
    this.#actors.delete(`${resident}/${actor}`);
  }

  /**
   * `resident` lives in this thread from now on, wherever it lived before; every peer hears of it.
   *
   * @param deathWatch who of its actors is there; without it none of them counts as running
   */
  host(resident: string, deathWatch = new DeathWatch()): void {
    this.#hosted.set(resident, deathWatch);
    this.#routes.delete(resident);
    this.#tellAll({ type: 'hosts', resident });
    this.#bringHome(resident);
  }

  /** It does not live here any more: what is sent to it is dead until a line to its new place is there. */
  unhost(resident: string): void {
    assert(resident !== this.#thread, `${resident} is the thread itself`);
    if (!this.#hosted.delete(resident)) return;
    this.#known.add(resident);
    this.#tellAll({ type: 'hosts-no-more', resident });
  }

  /**
   * From here on `port` leads to the thread `peer` and to everybody who lives there. An earlier port, to a former life of it, is
   * closed; earlier ways to the same residents are given up.
   */
  connect(peer: string, port: LinePort, residents: readonly string[] = []): void {
    const former = this.#lines.get(peer);
    if (former) this.#giveUp(peer, former);
    const line: Line = new OutgoingLine(port, this.#window);
    this.#lines.set(peer, line);
    this.#watchLines.opened(port, (notice) => this.#sendSurely(line, notice));
    for (const resident of new Set([peer, ...residents])) this.#lead(resident, line);
    let taken = 0;
    port.on('message', (said: Said | CreditNotice) => {
      if ('type' in said && said.type === 'credit') return line.confirmed(said.count);
      taken += 'type' in said && said.type === 'bundle' ? said.envelopes.length : 1;
      for (; taken >= messagesPerCredit; taken -= messagesPerCredit) credit(port);
      this.#heed(said, line);
    });
    port.on('messageerror', (cause) => this.#lose(`${this.#thread}/?`, cause, 'undeliverable'));
    port.on('close', () => {
      this.#giveUp(peer, line);
      for (const said of line.takeWaiting()) {
        if (!('type' in said)) this.#lose(said[0], said[1], 'not-connected');
      }
      this.#watchLines.closed(port);
    });
  }

  /**
   * Calls `onDown` once: when the actor behind the address ends, when its thread does, or at once when it is not there. What it
   * had sent before has been delivered by then. The returned function gives up the watch.
   */
  watch(address: string, onDown: (down: Down) => void): () => void {
    const { resident } = parseAddress(address);
    if (this.#hosted.has(resident)) return this.#watchLocal(address, onDown);
    const line = this.#routes.get(resident);
    if (line) return this.#watchLines.watch(line.port, address, onDown);
    onDown({ reason: 'thread-ended' });
    return () => {};
  }

  /** Watches that have not been told of an end, over lines to other threads. */
  get watchCount(): number {
    return this.#watchLines.count;
  }

  /** Whether there is a line to a thread, or to where a resident lives. */
  isConnected(resident: string): boolean {
    return this.#routes.has(resident);
  }

  /** Messages that may be sent there at once; what is more waits here until some have been taken. */
  roomTo(resident: string): number {
    return this.#routes.get(resident)?.room ?? 0;
  }

  /** A ref for an address, here or elsewhere. It may be made long before there is anybody behind it, and follows who moves. */
  ref<Message>(address: string): ActorRef<Message> {
    const { resident } = parseAddress(address);
    return { name: address, tell: (message) => this.#tell(resident, address, message) };
  }

  /** As `ref(address).tell(message)`, for an address that is used once. */
  tell(address: string, message: unknown): void {
    this.#tell(parseAddress(address).resident, address, message);
  }

  /**
   * What `work` says to other threads leaves when it has ended, at most one message to each thread: to copy and to wake
   * costs the same for one as for ten. Nothing overtakes anything else on its line.
   *
   * @throws UncloneableMessageError when `work` has ended and one of its messages cannot be copied; the others have left
   */
  together<Outcome>(work: () => Outcome): Outcome {
    if (this.#held) return work();
    this.hold();
    try {
      return work();
    } finally {
      inTurn(this.#takeHeld(), ([line, envelopes]) => this.#sendAll(line, envelopes));
    }
  }

  /** As `together`, for all that is said until `letGo`. What was told must not be changed any more. */
  hold(): void {
    this.#held ??= new Map();
  }

  /** Whoever said it has gone on: what cannot be copied is a dead letter. Does nothing where nothing is held. */
  letGo(): void {
    for (const [line, envelopes] of this.#takeHeld()) {
      if (hasSentAtOnce(line, envelopes)) continue;
      for (const envelope of envelopes) this.#sendOrLose(line, envelope);
    }
  }

  /** Closes every port: from here on everything sent elsewhere is a dead letter. */
  close(): void {
    this.letGo();
    for (const { port } of this.#lines.values()) port.close();
    this.#lines.clear();
    this.#routes.clear();
  }

  #tell(resident: string, address: string, message: unknown): void {
    if (this.#hosted.has(resident)) this.#tellLocal(address, message);
    else this.#tellRemote(resident, address, message);
  }

  #lead(resident: string, line: Line): void {
    // A thread is where it is.
    if (resident === this.#thread) return;
    this.#hosted.delete(resident);
    this.#routes.set(resident, line);
    this.#known.add(resident);
    const waiting = this.#waiting.get(resident) ?? [];
    this.#waiting.delete(resident);
    for (const envelope of waiting) {
      if (!line.send(envelope, (same) => same)) this.#lose(envelope[0], envelope[1], 'no-credit');
    }
  }

  /** What was said here before its receiver lived here. */
  #bringHome(resident: string): void {
    const waiting = this.#waiting.get(resident) ?? [];
    this.#waiting.delete(resident);
    for (const envelope of waiting) this.#deliver(envelope);
  }

  #giveUp(peer: string, line: Line): void {
    for (const [to, message] of this.#held?.get(line) ?? [])
      this.#lose(to, message, 'not-connected');
    this.#held?.delete(line);
    line.port.close();
    if (this.#lines.get(peer) === line) this.#lines.delete(peer);
    for (const [resident, way] of this.#routes) {
      if (way === line) this.#routes.delete(resident);
    }
  }

  #heed(said: Said, line: Line): void {
    if (!('type' in said)) return this.#deliver(said);
    switch (said.type) {
      case 'hosts':
        return this.#lead(said.resident, line);
      case 'bundle':
        return inTurn(said.envelopes, (each) => this.#deliver(each));
      case 'hosts-no-more':
        // Unless it has found its new place already.
        if (this.#routes.get(said.resident) === line) this.#routes.delete(said.resident);
        return;
      default:
        this.#watchLines.heed(line.port, said);
    }
  }

  #tellAll(notice: HostNotice): void {
    for (const line of this.#lines.values()) this.#sendSurely(line, notice);
  }

  /** Behind everything that was said before. */
  #sendSurely(line: Line, notice: WatchNotice | HostNotice): void {
    const held = this.#held?.get(line) ?? [];
    this.#held?.delete(line);
    for (const envelope of held) this.#sendOrLose(line, envelope);
    line.sendSurely(notice);
  }

  #watchLocal(address: string, onDown: (down: Down) => void): () => void {
    const { resident, actor } = parseAddress(address);
    const deathWatch = this.#hosted.get(resident);
    if (deathWatch) return deathWatch.watch(actor, onDown);
    onDown({ reason: 'not-running' });
    return () => {};
  }

  /** As in one thread: a mailbox that rejects tells the sender. */
  #tellLocal(address: string, message: unknown): void {
    const ref = this.#actors.get(address);
    if (ref) ref.tell(message);
    else this.#lose(address, message, 'unknown-actor');
  }

  #tellRemote(resident: string, address: string, message: unknown): void {
    const line = this.#routes.get(resident);
    if (!line) return this.#keepOrLose(resident, address, message);
    const envelope: Envelope = [address, message];
    if (!this.#held) return this.#send(line, envelope);
    const held = this.#held.get(line);
    if (held) held.push(envelope);
    else this.#held.set(line, [envelope]);
  }

  #send(line: Line, envelope: Envelope): void {
    const [address, message] = envelope;
    try {
      if (!line.send(envelope, structuredClone)) this.#lose(address, message, 'no-credit');
    } catch (error) {
      throw new UncloneableMessageError(address, { cause: error });
    }
  }

  #takeHeld(): Iterable<readonly [Line, readonly Envelope[]]> {
    const held = this.#held ?? [];
    this.#held = undefined;
    return held;
  }

  #sendAll(line: Line, envelopes: readonly Envelope[]): void {
    if (!hasSentAtOnce(line, envelopes)) inTurn(envelopes, (each) => this.#send(line, each));
  }

  #sendOrLose(line: Line, envelope: Envelope): void {
    try {
      this.#send(line, envelope);
    } catch {
      this.#lose(envelope[0], envelope[1], 'undeliverable');
    }
  }

  /** A thread's first words are said before main has given it its lines. */
  #keepOrLose(resident: string, address: string, message: unknown): void {
    const waiting = this.#waiting.get(resident) ?? [];
    if (this.#known.has(resident) || waiting.length >= waitingMax) {
      this.#lose(address, message, 'not-connected');
      return;
    }
    this.#waiting.set(resident, waiting);
    waiting.push([address, copyOf(message, address)]);
  }

  /** The sender is in another thread and cannot be told any more. */
  #deliver([address, message]: Envelope): void {
    try {
      this.#tellLocal(address, message);
    } catch (error) {
      if (!(error instanceof MailboxFullError)) throw error;
      this.#lose(address, message, 'mailbox-full');
    }
  }

  #lose(to: string, message: unknown, reason: DeadLetterReason): void {
    this.#onDeadLetter({ to, message, reason });
  }
}

/** False when they have to go one by one: some would have to wait, or one of them cannot be copied. */
function hasSentAtOnce(line: Line, envelopes: readonly Envelope[]): boolean {
  if (envelopes.length < 2 || line.room < envelopes.length) return false;
  try {
    line.sendAtOnce({ type: 'bundle', envelopes }, envelopes.length);
    return true;
  } catch {
    return false;
  }
}

/** All of them, also after one that fails; then fails with the first error. */
function inTurn<Item>(items: Iterable<Item>, task: (item: Item) => void): void {
  const errors: unknown[] = [];
  for (const item of items) {
    try {
      task(item);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}

function credit(port: LinePort): void {
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
    super(`an address is resident/actor, was ${JSON.stringify(address)}`);
  }
}

/** The resident is what stands before the first slash: actors may have slashes in their names. */
function parseAddress(address: string): { readonly resident: string; readonly actor: string } {
  const slash = address.indexOf('/');
  if (slash <= 0 || slash === address.length - 1) throw new AddressError(address);
  return { resident: address.slice(0, slash), actor: address.slice(slash + 1) };
}
