import type { Clock } from '../runtime/clock.ts';

/** The sending side of one connection. */
export type Wire = {
  /** Bytes handed over that the network has not taken yet. */
  bufferedBytes(): number;
  /** `done` is called when the network took the frame, or the connection ended. */
  send(frame: string, done: () => void): void;
};

/**
 * What one client still has to get. Events wait in a bounded queue while the client reads slowly; when it is full they
 * are dropped and a fresh snapshot stands in for them. Answers to commands overtake events and are never dropped: the
 * session bounds how many can be under way.
 */
export class Outbox {
  readonly #wire: Wire;
  readonly #snapshot: () => string | undefined;
  readonly #clock: Clock;
  readonly #limits: OutboxLimits;
  readonly #replies: string[] = [];
  #events: string[] = [];
  #isStale = false;
  #snapshotAt = Number.NEGATIVE_INFINITY;
  #cancelRetry: (() => void) | undefined;

  constructor(options: {
    wire: Wire;
    /** The frame of a snapshot of now. Must not throw; undefined when there is none. */
    snapshot: () => string | undefined;
    clock: Clock;
    limits: OutboxLimits;
  }) {
    this.#wire = options.wire;
    this.#snapshot = options.snapshot;
    this.#clock = options.clock;
    this.#limits = options.limits;
  }

  reply(frame: string): void {
    this.#replies.push(frame);
    this.#pump();
  }

  publish(frame: string): void {
    if (this.#isStale) return;
    this.#events.push(frame);
    if (this.#events.length > this.#limits.events) this.#goStale();
    this.#pump();
  }

  /** Sends a snapshot in place of everything that waits. */
  resync(): void {
    this.#goStale();
    this.#pump();
  }

  close(): void {
    this.#cancelRetry?.();
    this.#replies.length = 0;
    this.#events = [];
    this.#isStale = false;
  }

  #goStale(): void {
    this.#isStale = true;
    this.#events = [];
  }

  #pump(): void {
    while (this.#wire.bufferedBytes() < this.#limits.bufferedBytes) {
      const frame = this.#replies.shift() ?? this.#fresh() ?? this.#events.shift();
      if (frame === undefined) return;
      this.#wire.send(frame, () => this.#pump());
    }
  }

  #fresh(): string | undefined {
    if (!this.#isStale) return undefined;
    const waitMs = this.#snapshotAt + this.#limits.snapshotGapMs - this.#clock.elapsed();
    if (waitMs > 0) {
      this.#cancelRetry ??= this.#clock.after(waitMs, () => this.#retry());
      return undefined;
    }
    this.#isStale = false;
    this.#snapshotAt = this.#clock.elapsed();
    return this.#snapshot();
  }

  #retry(): void {
    this.#cancelRetry = undefined;
    this.#pump();
  }
}

export type OutboxLimits = {
  /** Events that may wait. */
  readonly events: number;
  /** Above it nothing more is handed to the socket. */
  readonly bufferedBytes: number;
  /** Least time between two snapshots: they are the largest frames. */
  readonly snapshotGapMs: number;
};
