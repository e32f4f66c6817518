/** The socket side: tokens, prefixes, bodies and compression; everything else is decided behind it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { Delivery } from './faulty.ts';
import { failed, htmlError, type Reply, type WireRequest } from './reply.ts';

const bodyBytesMax = 25 * 1024 * 1024;
/** Shorter bodies are sent as they are. */
const gzipFromBytes = 500;
/** An idle connection is closed by the real server after 60 to 71 s. */
const idleMs = 65_000;

export type Desks = {
  readonly token: string;
  readonly controlToken: string;
  /** Segments in front of every path of the contract. */
  readonly prefix: readonly string[];
  /** The `no route` of the proxy in front and of a terminal that is down, before anything is read. */
  readonly isDown: () => boolean;
  readonly serve: (request: WireRequest) => Promise<Delivery>;
  readonly control: (request: WireRequest) => Reply;
  readonly log: (line: string) => void;
};

export class PortInUseError extends Error {
  override readonly name = 'PortInUseError';
}

/** Listens, and resolves to the port. */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EADDRINUSE') return reject(cause);
      reject(
        new PortInUseError(
          `port ${port} of ${host} is in use: choose another, or 0 for a free one`,
          {
            cause,
          },
        ),
      );
    });
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

export function terminalServer(desks: Desks): Server {
  const server = createServer((request, response) => {
    answer(desks, request, response).catch((error: unknown) => {
      desks.log(`${request.method} ${request.url} failed: ${(error as Error).stack}`);
      if (response.headersSent) response.destroy();
      else send(request, response, htmlError(500));
    });
  });
  server.keepAliveTimeout = idleMs;
  return server;
}

async function answer(
  desks: Desks,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [pathname = '/', ...query] = (request.url ?? '/').split('?');
  const segments = pathname.split('/').filter((segment) => segment !== '');
  const isControl = segments[0] === '_sim';
  const token = isControl ? desks.controlToken : desks.token;
  if (!isControl && desks.isDown()) return refuse(failed(503, 'MT5 not initialized'));
  const rest = isControl ? segments.slice(1) : withoutPrefix(segments, desks.prefix);
  if (rest === undefined) return refuse({ status: 404, html: 'no route' });
  if (request.headers.authorization !== `Bearer ${token}`) return refuse(htmlError(401));
  const text = await bodyOf(request);
  if (text === undefined) return refuse(htmlError(413));
  const path = decoded(rest);
  if (path === undefined) return refuse(htmlError(400));
  const wireRequest: WireRequest = {
    method: request.method ?? 'GET',
    path,
    query: new URLSearchParams(query.join('?')),
    body: { text, isJson: isJson(request) },
  };
  const delivery = isControl ? desks.control(wireRequest) : await desks.serve(wireRequest);
  send(request, response, delivery);

  function refuse(reply: Reply): void {
    request.resume();
    send(request, response, reply);
  }
}

function withoutPrefix(
  segments: readonly string[],
  prefix: readonly string[],
): readonly string[] | undefined {
  const isInside = prefix.every((segment, index) => segments[index] === segment);
  return isInside ? segments.slice(prefix.length) : undefined;
}

function decoded(segments: readonly string[]): string[] | undefined {
  try {
    return segments.map(decodeURIComponent);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** Undefined when it is too long. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const { method, headers } = request;
  if (method === 'GET' && headers['transfer-encoding'] === undefined) {
    // Without a body: to wait for its end would cost more than the answer.
    if (Number(headers['content-length'] ?? 0) === 0) return '';
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > bodyBytesMax) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function isJson(request: IncomingMessage): boolean {
  return /^application\/(.+\+)?json\b/i.test(request.headers['content-type'] ?? '');
}

function send(request: IncomingMessage, response: ServerResponse, delivery: Delivery): void {
  if (delivery === 'dropped') {
    request.socket.destroy();
    return;
  }
  const isHtml = 'html' in delivery;
  const text = isHtml ? delivery.html : bodyText(delivery);
  const bytes = Buffer.byteLength(text);
  const acceptsGzip = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  const isZipped = acceptsGzip && bytes > gzipFromBytes;
  // Text leaves with the head in one write.
  const body = isZipped ? gzipSync(text, { level: 1 }) : text;
  response.writeHead(delivery.status, {
    'Content-Type': isHtml ? 'text/html; charset=utf-8' : 'application/json',
    'Content-Length': typeof body === 'string' ? bytes : body.length,
    ...(isZipped ? { 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding' } : {}),
  });
  response.end(body);
}

function bodyText(delivery: Exclude<Delivery, 'dropped' | { html: string }>): string {
  return 'rawJson' in delivery ? delivery.rawJson : JSON.stringify(delivery.json);
}
