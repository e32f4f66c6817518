import type { Socket } from 'node:net';
import type { Clock } from '../../runtime/clock.ts';
import { type Exchange, type Exchanged, HttpConnection } from './http-connection.ts';

export type LaneOptions = {
  readonly openSocket: () => Socket;
  readonly clock: Clock;
  readonly connectionsMax: number;
  /** Whether a connection is used for more than one request. */
  readonly isKept: boolean;
  /** One that nobody has used for longer is not used any more. */
  readonly idleMaxMs: number;
};

type Waiting = Pick<Exchange, 'text' | 'onWritten'> & {
  connection: HttpConnection | undefined;
  readonly settle: (exchanged: Exchanged) => void;
};

type Idle = { readonly connection: HttpConnection; readonly since: number };

/** Requests to one server, in the order they were asked for, over a few connections at most. */
export class HttpLane {
  readonly #options: LaneOptions;
  readonly #waiting: Waiting[] = [];
  readonly #busy = new Set<HttpConnection>();
  #idle: Idle[] = [];

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Calls `settle` once. The returned function gives the request up, which settles it with its cause. */
  ask(exchange: Exchange): (cause: Error) => void {
    const waiting: Waiting = { ...exchange, connection: undefined };
    this.#waiting.push(waiting);
    this.#serve();
    return (cause) => {
      if (waiting.connection !== undefined) return waiting.connection.fail(cause);
      const place = this.#waiting.indexOf(waiting);
      if (place !== -1) this.#waiting.splice(place, 1);
      exchange.settle({ type: 'none', wasSent: false, cause });
    };
  }

  /** Sees to it that the next request finds an open connection. */
  warm(): void {
    if (this.#busy.size > 0 || this.#waiting.length > 0) return;
    const spare = this.#takeIdle() ?? {
      connection: this.#open(),
      since: this.#options.clock.elapsed(),
    };
    spare.connection.rest();
    this.#idle.push(spare);
  }

  #serve(): void {
    while (this.#busy.size < this.#options.connectionsMax) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      const connection = this.#takeIdle()?.connection ?? this.#open();
      this.#busy.add(connection);
      next.connection = connection;
      connection.ask(next);
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
      connection.fail(new Error('idle for too long'));
    }
  }

  #open(): HttpConnection {
    const connection: HttpConnection = new HttpConnection(this.#options.openSocket(), () =>
      this.#freed(connection),
    );
    return connection;
  }

  #freed(connection: HttpConnection): void {
    this.#idle = this.#idle.filter((each) => each.connection !== connection);
    if (!this.#busy.delete(connection)) return;
    const { clock, isKept } = this.#options;
    if (isKept && connection.isUsable) this.#idle.push({ connection, since: clock.elapsed() });
    this.#serve();
  }
}
