import { MessageChannel, type MessagePort } from 'node:worker_threads';

/** What is needed of a thread to hand it a line. */
export type Subscriber = {
  connect(peer: string, port: MessagePort): void | Promise<void>;
};

export type SwitchboardOptions = {
  /** Pairs of threads that talk to each other. */
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

/**
 * Knows who talks to whom, and gives each pair of threads a fresh line whenever one of them has started. Lives in the main
 * thread; messages go past it.
 */
export class Switchboard {
  readonly #links = new Map<string, Set<string>>();
  readonly #up = new Map<string, Subscriber>();
  readonly #onLinkFailed: (failure: LinkFailure) => void;
  readonly #openChannel: () => Channel;

  constructor({ links, main, onLinkFailed, openChannel }: SwitchboardOptions) {
    this.#openChannel = openChannel ?? (() => new MessageChannel());
    this.#onLinkFailed = onLinkFailed;
    this.#up.set(mainThread, main);
    for (const [one, other] of links) this.#join(one, other);
  }

  /** Two threads talk from now on; if both are up, at once. */
  async link(one: string, other: string): Promise<void> {
    this.#join(one, other);
    const subscriber = this.#up.get(one);
    if (subscriber) await this.#connect(one, subscriber, other);
  }

  /** They do not get a new line again. The present one ends with either of them. */
  unlink(one: string, other: string): void {
    this.#peersOf(one).delete(other);
    this.#peersOf(other).delete(one);
  }

  /**
   * A thread has started: it gets a line to every peer that is up. Resolves when both ends of every line are taken, or a peer has
   * failed to take its own; rejects when the thread does not take its ends.
   */
  async up(thread: string, subscriber: Subscriber): Promise<void> {
    this.#up.set(thread, subscriber);
    const peers = [...this.#peersOf(thread)];
    await Promise.all(peers.map((peer) => this.#connect(thread, subscriber, peer)));
  }

  /** A thread has ended. */
  down(thread: string): void {
    this.#up.delete(thread);
  }

  async #connect(thread: string, subscriber: Subscriber, peer: string): Promise<void> {
    const other = this.#up.get(peer);
    if (!other) return;
    const { port1, port2 } = this.#openChannel();
    const taken = (async () => other.connect(thread, port2))();
    const peerTook = taken.catch((error: unknown) => {
      // Harmless when it is on its way: a peer that is only slow takes it later, and the line works from then on.
      port2.close();
      this.#onLinkFailed({ from: thread, peer, error });
    });
    await subscriber.connect(peer, port1);
    await peerTook;
  }

  #join(one: string, other: string): void {
    this.#peersOf(one).add(other);
    this.#peersOf(other).add(one);
  }

  #peersOf(thread: string): Set<string> {
    const known = this.#links.get(thread);
    if (known) return known;
    const peers = new Set<string>();
    this.#links.set(thread, peers);
    return peers;
  }
}
