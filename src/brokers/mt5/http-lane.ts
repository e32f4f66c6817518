import type { Socket } from 'node:net';
import type { Clock } from '../../runtime/clock.ts';
import { type Exchange, HttpConnection } from './http-connection.ts';

export type LaneOptions = {
  readonly openSocket: () => Socket;
  readonly clock: Clock;
  readonly connectionsMax: number;
  /** Whether a connection is used for more than one request: then those of one turn share it. */
  readonly isKept: boolean;
  /** One that nobody has used for longer is not used any more. */
  readonly idleMaxMs: number;
};

type Waiting = Exchange & { connection: Connection | undefined; wasSent: boolean };
type Connection = HttpConnection<Waiting>;

type Idle = { readonly connection: Connection; readonly since: number };

/** Requests to one server, in the order they were asked for, over a few connections at most. */
export class HttpLane {
  readonly #options: LaneOptions;
  readonly #waiting: Waiting[] = [];
  #busy: readonly Connection[] = [];
  #idle: Idle[] = [];
  #willServe = false;
  /** Requests that leave together: those that come after them wait for the slowest of them. */
  #togetherMax = 8;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Calls `settle` once. The returned function gives the request up, which settles it with its cause. */
  ask({ text, onWritten, settle }: Exchange): (cause: Error) => void {
    const waiting: Waiting = { text, onWritten, settle, connection: undefined, wasSent: false };
    this.#waiting.push(waiting);
    this.#serveSoon();
    return (cause) => {
      if (waiting.connection !== undefined) return waiting.connection.close(waiting, cause);
      const place = this.#waiting.indexOf(waiting);
      if (place !== -1) this.#waiting.splice(place, 1);
      settle({ type: 'none', wasSent: waiting.wasSent, cause });
    };
  }

  /** Sees to it that the next request finds an open connection. */
  warm(): void {
    if (this.#busy.length > 0 || this.#waiting.length > 0) return;
    const spare = this.#takeIdle() ?? {
      connection: this.#open(),
      since: this.#options.clock.elapsed(),
    };
    spare.connection.rest();
    this.#idle.push(spare);
  }

  /** What is asked in one turn is one packet: at the other end, too, it is read at once and answered at once. */
  #serveSoon(): void {
    if (this.#willServe) return;
    this.#willServe = true;
    queueMicrotask(() => {
      this.#willServe = false;
      this.#serve();
    });
  }

  #serve(): void {
    while (this.#waiting.length > 0 && this.#busy.length < this.#options.connectionsMax) {
      const connection = this.#takeIdle()?.connection ?? this.#open();
      this.#busy = [...this.#busy, connection];
      const together = this.#waiting.splice(0, connection.isKept ? this.#togetherMax : 1);
      for (const each of together) each.connection = connection;
      connection.ask(together);
    }
  }

  #takeIdle(): Idle | undefined {
    const { clock, idleMaxMs } = this.#options;
    for (;;) {
      // The one used last is the least likely to be closed by the server now.
      const newest = this.#idle.pop();
      if (newest === undefined) return undefined;
      const { connection, since } = newest;
      const isFresh = clock.elapsed() - since < idleMaxMs;
      if (isFresh && connection.isUsable) return newest;
      connection.close();
    }
  }

  #open(): Connection {
    const connection: Connection = new HttpConnection(this.#options.openSocket(), (unanswered) =>
      this.#freed(connection, unanswered),
    );
    return connection;
  }

  /** What is left goes first. */
  #freed(connection: Connection, unanswered: readonly Waiting[]): void {
    this.#idle = this.#idle.filter((each) => each.connection !== connection);
    if (connection.hasPassedOver) this.#togetherMax = 1;
    for (const each of unanswered) each.connection = undefined;
    this.#waiting.unshift(...unanswered);
    if (!this.#busy.includes(connection)) return;
    this.#busy = this.#busy.filter((each) => each !== connection);
    const { clock, isKept } = this.#options;
    if (isKept && connection.isUsable) this.#idle.push({ connection, since: clock.elapsed() });
    // Not yet: those of one packet are often given up together.
    if (this.#waiting.length > 0) this.#serveSoon();
  }
}
