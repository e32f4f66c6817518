import { MessageChannel, type MessagePort } from 'node:worker_threads';

/** What is needed of a thread to hand it a line: to the thread `peer`, and to everybody who lives there. */
export type Subscriber = {
  connect(peer: string, port: MessagePort, residents: readonly string[]): void | Promise<void>;
};

export type SwitchboardOptions = {
  /** Pairs that talk to each other: threads, or residents wherever they live. */
  readonly links: readonly (readonly [string, string])[];
  /** The post office of the main thread: the peer `main`, always up. */
  readonly main: Subscriber;
  /** A peer that was up did not take its end of a line in time: it is ending, busy or hangs. Its next start brings a new line. */
  readonly onLinkFailed: (failure: LinkFailure) => void;
  /** Default: a `MessageChannel`. */
  readonly openChannel?: (() => Channel) | undefined;
};

/** The two ends of a line. */
export type Channel = Pick<MessageChannel, 'port1' | 'port2'>;

export type LinkFailure = {
  readonly from: string;
  readonly peer: string;
  readonly error: unknown;
};

const mainThread = 'main';

type UpThread = {
  readonly subscriber: Subscriber;
  /** The thread itself first. */
  readonly residents: Set<string>;
  /** Threads to which it has a line. */
  readonly lines: Set<string>;
};

/**
 * Knows who talks to whom and who lives where, and gives each pair of threads a fresh line whenever one of them has started. Lives
 * in the main thread; messages go past it.
 */
export class Switchboard {
  readonly #links = new Map<string, Set<string>>();
  readonly #up = new Map<string, UpThread>();
  /** The thread of each resident. */
  readonly #places = new Map<string, string>();
  readonly #onLinkFailed: (failure: LinkFailure) => void;
  readonly #openChannel: () => Channel;

  constructor({ links, main, onLinkFailed, openChannel }: SwitchboardOptions) {
    this.#openChannel = openChannel ?? (() => new MessageChannel());
    this.#onLinkFailed = onLinkFailed;
    this.#enter(mainThread, main);
    this.#place(mainThread, mainThread);
    for (const [one, other] of links) this.#join(one, other);
  }

  /** Two talk from now on; if both are up and their threads have no line yet, at once. */
  async link(one: string, other: string): Promise<void> {
    this.#join(one, other);
    const thread = this.#places.get(one);
    const peer = this.#places.get(other);
    if (thread !== undefined && peer !== undefined) await this.#connect(thread, peer);
  }

  /** They do not get a new line again. The present one ends with either of them. */
  unlink(one: string, other: string): void {
    this.#linkedWith(one).delete(other);
    this.#linkedWith(other).delete(one);
  }

  /**
   * A thread has started, with everybody who lives in it: it gets a line to every thread that is up and has somebody to talk to
   * there. Resolves when both ends of every line are taken, or a peer has failed to take its own; rejects when the thread does not
   * take its ends.
   */
  async up(
    thread: string,
    subscriber: Subscriber,
    residents: readonly string[] = [],
  ): Promise<void> {
    this.down(thread);
    this.#enter(thread, subscriber);
    for (const resident of new Set([thread, ...residents])) this.#place(resident, thread);
    await this.#connectAll(thread, [...this.#residentsOf(thread)]);
  }

  /** A resident lives in a thread that is up already. Those who have a line to that thread hear of it from its post office. */
  async host(thread: string, resident: string): Promise<void> {
    if (!this.#up.has(thread)) return;
    this.#place(resident, thread);
    await this.#connectAll(thread, [resident]);
  }

  /** A thread has ended, and with it everybody who lived there. */
  down(thread: string): void {
    for (const resident of this.#residentsOf(thread)) this.#places.delete(resident);
    this.#up.delete(thread);
    for (const { lines } of this.#up.values()) lines.delete(thread);
  }

  /** Where a resident lives; undefined when it is down. */
  placeOf(resident: string): string | undefined {
    return this.#places.get(resident);
  }

  async #connectAll(thread: string, residents: readonly string[]): Promise<void> {
    const peers = new Set<string>();
    for (const linked of residents.flatMap((resident) => [...this.#linkedWith(resident)])) {
      const peer = this.#places.get(linked);
      if (peer !== undefined) peers.add(peer);
    }
    await Promise.all([...peers].map((peer) => this.#connect(thread, peer)));
  }

  async #connect(thread: string, peer: string): Promise<void> {
    const own = this.#up.get(thread);
    const other = this.#up.get(peer);
    if (!own || !other || own === other || own.lines.has(peer)) return;
    own.lines.add(peer);
    other.lines.add(thread);
    const { port1, port2 } = this.#openChannel();
    const taken = (async () => other.subscriber.connect(thread, port2, [...own.residents]))();
    const peerTook = taken.catch((error: unknown) => {
      // Harmless when it is on its way: a peer that is only slow takes it later, and the line works from then on.
      port2.close();
      this.#onLinkFailed({ from: thread, peer, error });
    });
    await own.subscriber.connect(peer, port1, [...other.residents]);
    await peerTook;
  }

  #enter(thread: string, subscriber: Subscriber): void {
    this.#up.set(thread, { subscriber, residents: new Set(), lines: new Set() });
  }

  /** The last place said is the only one. */
  #place(resident: string, thread: string): void {
    const former = this.#places.get(resident);
    if (former !== undefined) this.#residentsOf(former).delete(resident);
    this.#places.set(resident, thread);
    this.#residentsOf(thread).add(resident);
  }

  #residentsOf(thread: string): Set<string> {
    return this.#up.get(thread)?.residents ?? new Set();
  }

  #join(one: string, other: string): void {
    this.#linkedWith(one).add(other);
    this.#linkedWith(other).add(one);
  }

  #linkedWith(resident: string): Set<string> {
    const known = this.#links.get(resident);
    if (known) return known;
    const others = new Set<string>();
    this.#links.set(resident, others);
    return others;
  }
}
