import type { MessagePort } from 'node:worker_threads';
import { assert } from '../domain/assert.ts';

/** So many messages have been taken at the other end: there is room for as many again. */
export type CreditNotice = { readonly type: 'credit'; readonly count: number };

/** The receiver says after each so many what it has taken. */
export const messagesPerCredit = 64;

/** What is used of a port. */
type LinePort = Pick<MessagePort, 'postMessage' | 'close'>;

/** How many messages wait for room, here, before they are lost. */
const waitingMax = 10_000;

/** One direction of a line between threads. A receiver that does not read holds the sender at a window: a port itself has no bound. */
export class OutgoingLine<Envelope> {
  readonly port: LinePort;
  readonly #window: number;
  #unconfirmed = 0;
  readonly #waiting: Envelope[] = [];

  /** @param window messages that may be under way */
  constructor(port: LinePort, window: number) {
    assert(
      window >= 2 * messagesPerCredit,
      `a window is at least ${2 * messagesPerCredit}, was ${window}`,
    );
    this.port = port;
    this.#window = window;
  }

  /**
   * Sends, or keeps until there is room. False when there is no room to wait either.
   *
   * @param copy what is kept is a copy: the sender may change or transfer its own
   * @throws DataCloneError when it cannot be copied
   */
  send(envelope: Envelope, copy: (envelope: Envelope) => Envelope): boolean {
    if (this.#unconfirmed < this.#window) {
      this.port.postMessage(envelope);
      this.#unconfirmed += 1;
      return true;
    }
    if (this.#waiting.length >= waitingMax) return false;
    this.#waiting.push(copy(envelope));
    return true;
  }

  /**
   * Sends what counts as so many messages, for which there is room.
   *
   * @throws DataCloneError when it cannot be copied
   */
  sendAtOnce(envelope: Envelope, count: number): void {
    assert(count <= this.room, `there is room for ${this.room}, not for ${count}`);
    this.port.postMessage(envelope);
    this.#unconfirmed += count;
  }

  /** For what must not get lost and is few: it keeps its place behind what waits, beyond the bound if need be. */
  sendSurely(envelope: Envelope): void {
    if (!this.send(envelope, (same) => same)) this.#waiting.push(envelope);
  }

  confirmed(count: number): void {
    this.#unconfirmed -= count;
    while (this.#unconfirmed < this.#window && this.#waiting.length > 0) {
      this.port.postMessage(this.#waiting.shift());
      this.#unconfirmed += 1;
    }
  }

  /** What still waits, oldest first; it will not be sent. */
  takeWaiting(): readonly Envelope[] {
    return this.#waiting.splice(0);
  }

  /** Messages that may still be sent at once. */
  get room(): number {
    return this.#window - this.#unconfirmed;
  }
}
