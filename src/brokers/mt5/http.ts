/** One request to the terminal's server, and what came of it. Knows nothing of trading. */
import { Agent as PlainAgent, request as plainRequest, type RequestOptions } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import type { Clock } from '../../runtime/clock.ts';
import { within } from '../../runtime/deadline.ts';
import { type HttpAnswer, readAnswer } from './http-answer.ts';

export type HttpRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the base URL: `/positions?symbol=BTCUSDc`. */
  readonly path: string;
  readonly body?: Readonly<Record<string, string | number>>;
  readonly timeoutMs: number;
  /** Ask for gzip: worth it for long lists only. */
  readonly isLarge?: boolean;
};

/** Never rejects: a request that failed is an answer of type `none`. */
export type Http = {
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
  /** Where the terminal is, without credentials: for messages. */
  readonly address: string;
};

export type HttpOptions = {
  /** May carry a path prefix, as in `http://host:8888/broker/account`. */
  readonly url: string;
  readonly token: string | undefined;
  readonly clock: Clock;
};

/** The server closes idle sockets after 55 s at the earliest (contract §2). */
const idleMaxMs = 45_000;
const parallelReadsMax = 4;

/**
 * Reads share a few kept-alive sockets. Trade calls go out one after the other, each on a socket of its own: on a
 * reused one, a request that crosses the server's closing ends in ECONNRESET and nobody knows whether it was read,
 * while a connection that was never made proves that nothing was sent. It costs one round trip (0.09 ms locally).
 */
export function openHttp({ url, token, clock }: HttpOptions): Http {
  const base = new URL(url);
  const isSecure = base.protocol === 'https:';
  const Agent = isSecure ? SecureAgent : PlainAgent;
  const pooled = new Agent({ keepAlive: true, maxSockets: parallelReadsMax, timeout: idleMaxMs });
  const fresh = new Agent({ keepAlive: false, maxSockets: 1 });
  const prefix = base.pathname.replace(/\/+$/, '');
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };

  const send = ({ method, path, body, timeoutMs, isLarge }: HttpRequest, signal: AbortSignal) => {
    const text = body === undefined ? '' : JSON.stringify(body);
    const options: RequestOptions = {
      method,
      protocol: base.protocol,
      hostname: base.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: base.port,
      path: prefix + path,
      agent: method === 'GET' ? pooled : fresh,
      headers: {
        accept: 'application/json',
        'accept-encoding': isLarge ? 'gzip' : 'identity',
        ...authorization,
        // Else a trade that waits takes over the socket of the one before.
        ...(method !== 'GET' && { connection: 'close' }),
        ...(body && {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
        }),
      },
    };
    return within(timeoutMs, clock, signal, (limit) => exchange(options, text, limit));
  };
  return { send, address: `${base.protocol}//${base.host}${prefix}` };
}

function exchange(options: RequestOptions, text: string, limit: AbortSignal): Promise<HttpAnswer> {
  return new Promise((resolve) => {
    let wasSent = false;
    const fail = (cause: Error) => resolve({ type: 'none', wasSent, cause });
    if (limit.aborted) return fail(limit.reason as Error);
    const request = options.protocol === 'https:' ? secureRequest(options) : plainRequest(options);
    // Settles first and destroys then: a request that still waits for a socket reports no error of its own.
    const onAbort = () => {
      fail(limit.reason as Error);
      request.destroy();
    };
    limit.addEventListener('abort', onAbort, { once: true });
    request.on('socket', (socket) => {
      wasSent = !socket.connecting;
      // On a kept-alive socket it would never fire, and one would be left behind by every request.
      if (socket.connecting) {
        socket.once('connect', () => {
          wasSent = true;
        });
      }
    });
    request.on('error', fail);
    request.on('response', (response) => {
      readAnswer(response).then(resolve, fail);
    });
    request.end(text); // With headers unsent, one write: headers and body leave in one packet.
  });
}
