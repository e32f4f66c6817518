import { isIP, Socket } from 'node:net';
import { connect as secureConnect, type TLSSocket } from 'node:tls';
import { type HttpResponse, ResponseReader } from './http-response.ts';

/** What came of one request: a response, or none and whether any byte may have left. */
type Exchanged =
  | { readonly type: 'response'; readonly response: HttpResponse }
  | { readonly type: 'none'; readonly wasSent: boolean; readonly cause: Error };

export type Exchange = {
  /** The request as it goes over the wire. */
  readonly text: string;
  /** The last byte was handed to the host's network. */
  readonly onWritten: (() => void) | undefined;
  readonly settle: (exchanged: Exchanged) => void;
};

type Repeatable = Exchange & {
  /** Whether any byte of it may have left on a connection that is over by now. */
  wasSent: boolean;
};

/**
 * One connection. It opens when it is made; what is asked before it is open waits. Requests that are asked together leave
 * together, and are answered in their order (RFC 9112, §9.3.2). `node:http` asks one at a time, each for five times the
 * processor time, and most of what an account does on a bar is asking.
 */
export class HttpConnection<Asked extends Repeatable> {
  readonly #socket: Socket;
  readonly #onFree: (unanswered: readonly Asked[]) => void;
  #isOpen = false;
  #isOver = false;
  /** Those of the last asking that have no answer yet. */
  #asked: Asked[] = [];
  #answered = 0;
  #reader: ResponseReader | undefined;
  #isKept = false;
  #hasPassedOver = false;

  /**
   * @param onFree it can take other requests now, or never again: then with those that it leaves unanswered. They are
   * asked again, or settled, by whoever hears of them.
   */
  constructor(socket: Socket, onFree: (unanswered: readonly Asked[]) => void) {
    this.#socket = socket;
    this.#onFree = onFree;
    const isSecure = 'encrypted' in socket;
    socket.setNoDelay(true);
    socket.once(isSecure ? 'secureConnect' : 'connect', () => {
      this.#isOpen = true;
    });
    socket.on('data', (bytes: Buffer) => this.#hear(bytes));
    socket.on('end', () => this.#end());
    socket.on('error', (cause) => this.#break(cause));
    socket.on('close', () => this.#break());
  }

  get isUsable(): boolean {
    return !this.#isOver && this.#asked.length === 0 && this.#socket.writable;
  }

  /** Whether the server has kept it open after an answer, so that it may be asked several things at once. */
  get isKept(): boolean {
    return this.#isKept;
  }

  /** Whether it ended behind an answer, in silence: there are servers that read only the first of a packet. */
  get hasPassedOver(): boolean {
    return this.#hasPassedOver;
  }

  /** Opens or stays open without keeping the process alive. */
  rest(): void {
    this.#socket.unref();
  }

  /** Only when it is usable; more than one only when it is kept. */
  ask(exchanges: readonly Asked[]): void {
    this.#asked = [...exchanges];
    this.#answered = 0;
    this.#socket.ref();
    let text = '';
    for (const each of exchanges) text += each.text;
    const watched = exchanges.filter(({ onWritten }) => onWritten !== undefined);
    if (watched.length === 0) return void this.#socket.write(text);
    this.#socket.write(text, (error) => {
      // Answered before Node says so: they were written all the same.
      if (!error) for (const { onWritten } of watched) onWritten?.();
    });
  }

  /** Ends the connection. Of what has no answer, `failed` is settled with the cause; the rest may be asked again. */
  close(failed?: Asked, cause?: Error): void {
    if (this.#isOver) return;
    this.#hasPassedOver = this.#isBehindAnswer && this.#asked.length > 0;
    const unanswered = this.#release();
    this.#onFree(unanswered.filter((each) => each !== failed));
    if (failed === undefined) return;
    const why = cause ?? new Error('the connection was closed');
    failed.settle({ type: 'none', wasSent: failed.wasSent, cause: why });
  }

  /** What the server was at stays without an answer: it may be what broke the connection. */
  #break(cause?: Error): void {
    this.close(this.#isBehindAnswer ? undefined : this.#asked[0], cause);
  }

  /** Whether an answer was the last that was heard: a server may close then, and what comes next it has not begun. */
  get #isBehindAnswer(): boolean {
    return this.#answered > 0 && this.#reader === undefined;
  }

  #release(): readonly Asked[] {
    const asked = this.#asked;
    for (const each of asked) each.wasSent ||= this.#isOpen;
    this.#asked = [];
    this.#isOver = true;
    this.#socket.destroy();
    return asked;
  }

  #hear(bytes: Buffer): void {
    let rest = bytes;
    while (rest.length > 0 && !this.#isOver) {
      // Nobody asked: what would answer the next request is not its answer.
      if (this.#asked.length === 0) return this.close();
      const response = this.#read(rest);
      if (response === undefined) return;
      rest = response.surplus;
      this.#settle(response, rest.length > 0);
    }
  }

  #end(): void {
    const response = this.#reader && this.#read('end');
    if (response !== undefined) this.#settle(response, false);
    this.#break();
  }

  /** Undefined when the response is not whole, or is none: then the connection is over. */
  #read(bytes: Buffer | 'end'): HttpResponse | undefined {
    this.#reader ??= new ResponseReader();
    try {
      return bytes === 'end' ? this.#reader.end() : this.#reader.push(bytes);
    } catch (cause) {
      this.#break(cause as Error);
      return undefined;
    }
  }

  #settle(response: HttpResponse, hasMore: boolean): void {
    this.#reader = undefined;
    const exchange = this.#asked.shift();
    this.#answered += 1;
    const isLast = this.#asked.length === 0;
    const isOver = !response.isReusable || (isLast && hasMore);
    this.#isKept = !isOver;
    const unanswered = isOver ? this.#release() : [];
    // An idle connection keeps no process alive.
    if (isLast && !isOver) this.#socket.unref();
    if (isLast || isOver) this.#onFree(unanswered);
    exchange?.settle({ type: 'response', response });
  }
}

/** Opens sockets to the host of `base`, over TLS where it says so. */
export function socketsTo(base: URL): () => Socket {
  const isSecure = base.protocol === 'https:';
  const host = base.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = base.port === '' ? (isSecure ? 443 : 80) : Number(base.port);
  // `connect` of node:net makes the socket of a copy of its options: that takes four times as long.
  if (!isSecure) return () => new Socket().connect({ host, port });
  let session: Buffer | undefined;
  return () => {
    const socket: TLSSocket = secureConnect({
      ...{ host, port, ALPNProtocols: ['http/1.1'] },
      ...(isIP(host) === 0 && { servername: host }),
      // Resumed, the next handshake costs one round trip less.
      ...(session && { session }),
    });
    socket.on('session', (newest) => {
      session = newest;
    });
    return socket;
  };
}
