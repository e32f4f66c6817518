/** One request to the terminal's server, and what came of it. Knows nothing of trading. */
import { assert } from '../../domain/assert.ts';
import type { Clock } from '../../runtime/clock.ts';
import { DeadlineError } from '../../runtime/deadline.ts';
import { answerOf, type HttpAnswer } from './http-answer.ts';
import { socketsTo } from './http-connection.ts';
import { HttpLane } from './http-lane.ts';

export type HttpRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the base URL: `/positions?symbol=BTCUSDc`. */
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly timeoutMs: number;
  /** Ask for gzip: worth it for long lists only. */
  readonly isLarge?: boolean;
  /**
   * Whether it may go over a kept connection, where one that breaks proves nothing: then it may also be sent a second
   * time without its caller hearing of it. Default: that of a GET.
   */
  readonly isRepeatable?: boolean;
  /** Called when the request has been written to its socket, whole. */
  readonly onWritten?: () => void;
};

/** Never rejects: a request that failed is an answer of type `none`. */
export type Http = {
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
  /** Where the terminal is, without credentials: for messages. */
  readonly address: string;
  /** A trade call may follow: its connection is opened now, and is not used once it is older than some seconds. */
  expectTrade?(): void;
};

export type HttpOptions = {
  /** May carry a path prefix, as in `http://host:8888/broker/account`. */
  readonly url: string;
  readonly token: string | undefined;
  readonly clock: Clock;
};

/** The server closes idle sockets after 55 s at the earliest (contract §2). */
const idleMaxMs = 45_000;
/** Long before anybody on the way closes a connection that has not been used yet. */
const spareMaxMs = 10_000;
const parallelReadsMax = 4;

/**
 * Reads share a few kept-alive sockets. Trade calls go out one after the other, each on a socket of its own: on a
 * reused one, a request that crosses the server's closing ends in ECONNRESET and nobody knows whether it was read,
 * while a connection that was never made proves that nothing was sent. That it is opened while the books are read keeps
 * the order from waiting for it.
 */
export function openHttp({ url, token, clock }: HttpOptions): Http {
  const base = new URL(url);
  const common = { openSocket: socketsTo(base), clock };
  const reads = new HttpLane({
    ...common,
    ...{ connectionsMax: parallelReadsMax, isKept: true, idleMaxMs },
  });
  const trades = new HttpLane({
    ...common,
    ...{ connectionsMax: 1, isKept: false, idleMaxMs: spareMaxMs },
  });
  const prefix = base.pathname.replace(/\/+$/, '');
  assert(token === undefined || isHeader(token), 'a token is printable text in one line');
  const headers =
    `host: ${base.host}\r\naccept: application/json\r\n` +
    (token === undefined ? '' : `authorization: Bearer ${token}\r\n`);

  return {
    address: `${base.protocol}//${base.host}${prefix}`,
    expectTrade: () => trades.warm(),
    send: (request, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve(notSent(signal.reason as Error));
        const lane = isRepeatable(request) ? reads : trades;
        const { timeoutMs, onWritten } = request;
        const giveUp = lane.ask({
          text: requestText(prefix, headers, request),
          onWritten,
          settle: (exchanged) => {
            cancel();
            signal.removeEventListener('abort', onAbort);
            resolve(exchanged.type === 'none' ? exchanged : answerOf(exchanged.response));
          },
        });
        const onAbort = () => giveUp(signal.reason as Error);
        const cancel = clock.after(timeoutMs, () => giveUp(new DeadlineError(timeoutMs)));
        signal.addEventListener('abort', onAbort, { once: true });
      }),
  };
}

function isRepeatable({ method, isRepeatable: isSaid }: HttpRequest): boolean {
  return isSaid ?? method === 'GET';
}

/** Head and body as one text: they leave in one packet. */
function requestText(prefix: string, headers: string, request: HttpRequest): string {
  const { method, path, body, isLarge } = request;
  assert(/^\/[\x21-\x7e]*$/.test(path), () => `a path is encoded, was ${path}`);
  const text = body === undefined ? '' : JSON.stringify(body);
  return (
    `${method} ${prefix}${path} HTTP/1.1\r\n${headers}` +
    `accept-encoding: ${isLarge ? 'gzip' : 'identity'}\r\n` +
    (method === 'GET' ? '' : `content-length: ${Buffer.byteLength(text)}\r\n`) +
    (isRepeatable(request) ? '' : 'connection: close\r\n') +
    (body === undefined ? '' : 'content-type: application/json\r\n') +
    `\r\n${text}`
  );
}

function isHeader(text: string): boolean {
  return /^[\x20-\x7e]+$/.test(text);
}

function notSent(cause: Error): HttpAnswer {
  return { type: 'none', wasSent: false, cause };
}
