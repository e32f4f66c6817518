import { isIP, connect as plainConnect, type Socket } from 'node:net';
import { connect as secureConnect, type TLSSocket } from 'node:tls';
import { type HttpResponse, ResponseReader } from './http-response.ts';

/** What came of one request: a response, or none and whether any byte may have left. */
export type Exchanged =
  | { readonly type: 'response'; readonly response: HttpResponse }
  | { readonly type: 'none'; readonly wasSent: boolean; readonly cause: Error };

export type Exchange = {
  /** The request as it goes over the wire. */
  readonly text: string;
  /** The last byte was handed to the host's network. */
  readonly onWritten: (() => void) | undefined;
  readonly settle: (exchanged: Exchanged) => void;
};

/**
 * One connection, one request at a time. It opens when it is made; what is asked before it is open waits. `node:http`
 * does the same for five times the processor time, and most of what an account does on a bar is asking.
 */
export class HttpConnection {
  readonly #socket: Socket;
  readonly #onFree: () => void;
  #isOpen = false;
  #isOver = false;
  #current: { readonly exchange: Exchange; readonly reader: ResponseReader } | undefined;

  /** @param onFree it can take another request now, or never again */
  constructor(socket: Socket, onFree: () => void) {
    this.#socket = socket;
    this.#onFree = onFree;
    const isSecure = 'encrypted' in socket;
    socket.setNoDelay(true);
    socket.once(isSecure ? 'secureConnect' : 'connect', () => {
      this.#isOpen = true;
    });
    socket.on('data', (bytes: Buffer) => this.#read((reader) => reader.push(bytes)));
    socket.on('end', () => this.#read((reader) => reader.end()));
    socket.on('error', (cause) => this.fail(cause));
    socket.on('close', () => this.fail(new Error('the connection was closed')));
  }

  get isUsable(): boolean {
    return !this.#isOver && this.#current === undefined && this.#socket.writable;
  }

  /** Opens or stays open without keeping the process alive. */
  rest(): void {
    this.#socket.unref();
  }

  ask(exchange: Exchange): void {
    this.#current = { exchange, reader: new ResponseReader() };
    this.#socket.ref();
    this.#socket.write(exchange.text, (error) => {
      // Answered before Node says so: it was written all the same.
      if (!error) exchange.onWritten?.();
    });
  }

  /** Ends the connection, and with it the request under way. */
  fail(cause: Error): void {
    const { exchange } = this.#current ?? {};
    this.#current = undefined;
    this.#isOver = true;
    this.#socket.destroy();
    exchange?.settle({ type: 'none', wasSent: this.#isOpen, cause });
    this.#onFree();
  }

  #read(take: (reader: ResponseReader) => HttpResponse | undefined): void {
    if (this.#isOver) return;
    // Nobody asked: what would answer the next request is not its answer.
    if (this.#current === undefined) return this.fail(new Error('the connection was closed'));
    const { exchange, reader } = this.#current;
    let response: HttpResponse | undefined;
    try {
      response = take(reader);
    } catch (cause) {
      return this.fail(cause as Error);
    }
    if (response === undefined) return;
    this.#current = undefined;
    this.#isOver = !response.isReusable;
    if (this.#isOver) this.#socket.destroy();
    // An idle connection keeps no process alive.
    else this.#socket.unref();
    exchange.settle({ type: 'response', response });
    this.#onFree();
  }
}

/** Opens sockets to the host of `base`, over TLS where it says so. */
export function socketsTo(base: URL): () => Socket {
  const isSecure = base.protocol === 'https:';
  const host = base.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = base.port === '' ? (isSecure ? 443 : 80) : Number(base.port);
  if (!isSecure) return () => plainConnect({ host, port });
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
