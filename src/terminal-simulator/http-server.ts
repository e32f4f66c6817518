/** The socket side: tokens, prefixes, bodies and compression; everything else is decided behind it. */
import { STATUS_CODES } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { type Access, type AddressedHead, addressedHead } from './addressed-head.ts';
import type { Delivery } from './faulty.ts';
import { BadRequestError, type HttpRequest, KnownHeads, RequestReader } from './http-request.ts';
import { failed, htmlError, type Reply, type WireRequest } from './reply.ts';

/** Shorter bodies are sent as they are. */
const gzipFromBytes = 500;
/** An idle connection is closed by the real server after 60 to 71 s. */
const idleMs = 65_000;
/** From the first byte of a request to its last. */
const requestMs = 60_000;
/** From the last answer to the end of the connection. */
const closingMs = 30_000;
const continues = 'HTTP/1.1 100 Continue\r\n\r\n';
const keptAlive = `Connection: keep-alive\r\nKeep-Alive: timeout=${idleMs / 1_000}\r\n`;

export type Desks = Access & {
  /** The `no route` of the proxy in front and of a terminal that is down, before anything is read. */
  readonly isDown: () => boolean;
  /** Answers at once where nothing has to be waited for. */
  readonly serve: (request: WireRequest) => Delivery | Promise<Delivery>;
  readonly control: (request: WireRequest) => Reply;
  readonly log: (line: string) => void;
};

type Request = HttpRequest<AddressedHead>;
type Heads = KnownHeads<AddressedHead>;

export class PortInUseError extends Error {
  override readonly name = 'PortInUseError';
}

/**
 * An HTTP/1.1 server. `node:http` takes twice the processor time for a read, and twenty accounts ask their terminals at
 * the same moment.
 */
export class TerminalServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  /** @param clock a socket's time is that of the host, whatever the terminal's own is */
  constructor(desks: Desks, clock: Clock = systemClock) {
    const heads: Heads = new KnownHeads((head) => addressedHead(head, desks));
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      new Conversation(socket, desks, { heads, clock });
    });
  }

  /** Resolves to the port. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (cause: NodeJS.ErrnoException) => {
        if (cause.code !== 'EADDRINUSE') return reject(cause);
        const reason = `port ${port} of ${host} is in use: choose another, or 0 for a free one`;
        reject(new PortInUseError(reason, { cause }));
      });
      this.#server.listen(port, host, () => {
        const address = this.#server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  /** Breaks every connection, answered or not. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.dropConnections();
    await closed;
  }
}

/** Answers what comes over one connection, one request after the other. */
class Conversation {
  readonly #desks: Desks;
  readonly #clock: Clock;
  readonly #socket: Socket;
  readonly #reader: RequestReader<AddressedHead>;
  /** Answers that have not been written yet, a character each byte. */
  #held = '';
  #isAnswering = false;
  #hasEnded = false;
  /** Ends the wait for the rest of a request. */
  #endPatience: (() => void) | undefined;
  /** Ends the wait for the end of the connection. */
  #endFarewell: (() => void) | undefined;

  constructor(socket: Socket, desks: Desks, of: { heads: Heads; clock: Clock }) {
    this.#desks = desks;
    this.#clock = of.clock;
    this.#socket = socket;
    this.#reader = new RequestReader(of.heads, () => this.#write(continues));
    socket.setTimeout(idleMs, () => {
      if (!this.#isAnswering) socket.destroy();
    });
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes: Buffer) => this.#hear(bytes));
    socket.on('drain', () => {
      if (!this.#isAnswering) this.#resume();
    });
    socket.on('end', () => {
      this.#hasEnded = true;
      this.#goOn();
    });
    socket.once('close', () => {
      this.#endPatience?.();
      this.#endFarewell?.();
    });
  }

  #hear(bytes: Buffer): void {
    // Its last answer has been given.
    if (!this.#socket.writable) return;
    this.#reader.push(bytes);
    // Who sends the next request before this one is answered, or does not read the answers, waits.
    if (this.#isFree) this.#goOn();
    else this.#socket.pause();
  }

  #resume(): void {
    this.#socket.resume();
    this.#goOn();
  }

  #goOn(): void {
    while (this.#isFree) {
      const request = this.#nextRequest();
      if (request === undefined) break;
      this.#answer(request);
    }
    this.#writeHeld();
    if (this.#socket.writableNeedDrain) this.#socket.pause();
    if (!this.#isFree) return;
    if (this.#hasEnded) this.#close();
    else if (this.#reader.isWaiting) this.#endPatience ??= this.#wait();
  }

  get #isFree(): boolean {
    return !this.#isAnswering && this.#socket.writable && !this.#socket.writableNeedDrain;
  }

  #nextRequest(): Request | undefined {
    try {
      const request = this.#reader.next();
      if (request === undefined) return undefined;
      this.#endPatience?.();
      this.#endPatience = undefined;
      return request;
    } catch (error) {
      if (!(error instanceof BadRequestError)) throw error;
      this.#refuse(error.status);
      return undefined;
    }
  }

  #answer(request: Request): void {
    const delivery = answer(this.#desks, request);
    if (!(delivery instanceof Promise)) {
      this.#send(request, delivery);
      return;
    }
    this.#isAnswering = true;
    void delivery.then((late) => {
      this.#isAnswering = false;
      this.#send(request, late);
      this.#resume();
    });
  }

  #send({ head }: Request, delivery: Delivery): void {
    if (delivery === 'dropped') {
      this.#writeHeld();
      this.#socket.destroy();
      return;
    }
    this.#write(responseTo(head, delivery));
    if (!head.isPersistent) this.#close();
  }

  /** What was asked at once is answered in one packet. */
  #write(bytes: string): void {
    this.#held += bytes;
    if (this.#held.length >= this.#socket.writableHighWaterMark) this.#writeHeld();
  }

  #writeHeld(): void {
    if (this.#held === '') return;
    this.#socket.write(this.#held, 'latin1');
    this.#held = '';
  }

  #wait(): () => void {
    return this.#clock.after(requestMs, () => {
      if (this.#socket.writable) this.#refuse(408);
    });
  }

  #refuse(status: number): void {
    this.#write(headOf(status, 'Content-Length: 0\r\nConnection: close\r\n'));
    this.#close();
  }

  /** Cut off at once, a client that still sends would lose the last answer; one that goes on for ever is cut off later. */
  #close(): void {
    this.#writeHeld();
    this.#socket.end();
    this.#endFarewell ??= this.#clock.after(closingMs, () => this.#socket.destroy());
  }
}

/** Never rejects and never throws: what fails is an answer of status 500. */
function answer(desks: Desks, request: Request): Delivery | Promise<Delivery> {
  const fail = (error: unknown) => {
    const { method, target } = request.head;
    desks.log(`${method} ${target} failed: ${(error as Error).stack}`);
    return htmlError(500);
  };
  try {
    const delivery = delivered(desks, request);
    return delivery instanceof Promise ? delivery.catch(fail) : delivery;
  } catch (error) {
    return fail(error);
  }
}

function delivered(desks: Desks, { head, body }: Request): Delivery | Promise<Delivery> {
  const { method, isControl, refusal, path, query, isJson } = head;
  if (!isControl && desks.isDown()) return failed(503, 'MT5 not initialized');
  if (refusal !== undefined) return refusal;
  const text = body.length === 0 ? '' : body.toString('utf8');
  const request: WireRequest = { method, path, query, body: { text, isJson } };
  return isControl ? desks.control(request) : desks.serve(request);
}

/** Head and body as one, a character each byte. */
function responseTo(
  { method, isPersistent, isGzipAccepted }: AddressedHead,
  delivery: Exclude<Delivery, 'dropped'>,
): string {
  const isHtml = 'html' in delivery;
  const text = isHtml ? delivery.html : bodyText(delivery);
  const bytes = Buffer.byteLength(text);
  const zipped = isGzipAccepted && bytes > gzipFromBytes ? gzipSync(text, { level: 1 }) : undefined;
  const head = headOf(
    delivery.status,
    `Content-Type: ${isHtml ? 'text/html; charset=utf-8' : 'application/json'}\r\n` +
      `Content-Length: ${zipped?.length ?? bytes}\r\n` +
      (zipped === undefined ? '' : 'Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n') +
      (isPersistent ? keptAlive : 'Connection: close\r\n'),
  );
  if (method === 'HEAD') return head;
  if (zipped !== undefined) return head + zipped.toString('latin1');
  return head + (bytes === text.length ? text : Buffer.from(text).toString('latin1'));
}

function headOf(status: number, headers: string): string {
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nDate: ${dateNow()}\r\n${headers}\r\n`;
}

let date = { second: Number.NaN, text: '' };

/** The date of an answer: it has no parts of a second, and is written once for all of one. */
function dateNow(): string {
  const second = Math.floor(systemClock.now() / 1_000);
  if (second !== date.second) date = { second, text: new Date(second * 1_000).toUTCString() };
  return date.text;
}

function bodyText(delivery: Exclude<Delivery, 'dropped' | { html: string }>): string {
  return 'rawJson' in delivery ? delivery.rawJson : JSON.stringify(delivery.json);
}
