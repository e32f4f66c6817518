import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import {
  type ConsoleEvent,
  closeCodes,
  type ServerMessage,
  socketPath,
} from '../protocol/message.ts';
import type { Clock } from '../runtime/clock.ts';
import type { ConsoleLogEvent, ConsoleSource } from './console-source.ts';
import { loadDashboardFiles } from './dashboard-files.ts';
import { answerHttp } from './http-answer.ts';
import { LoginLimiter } from './login-limiter.ts';
import { PortInUseError } from './port-in-use-error.ts';
import { Session, type SessionContext } from './session.ts';

const clientsMax = 16;
const frameBytesMax = 16_384;
const goodbyeMs = 1_000;

export type ConsoleOptions = {
  /** Where to listen: `127.0.0.1` unless a reverse proxy with TLS stands in front. */
  readonly host: string;
  /** 0 takes a free one, see `Console.port`. */
  readonly port: number;
  /** What a client has to say first. */
  readonly token: string;
  /** Folder of the built dashboard. */
  readonly webRoot?: string;
  readonly clock: Clock;
  readonly source: ConsoleSource;
  log(event: ConsoleLogEvent): void;
};

export type Console = {
  readonly port: number;
  /** Tells every client. Synchronous, never throws, never waits: a slow client gets a snapshot later instead. */
  publish(event: ConsoleEvent): void;
  /** Says goodbye to every client and frees the port, within a second or so. */
  close(): Promise<void>;
};

/**
 * The engine's own port: WebSocket for consoles on `/ws`, the dashboard and `/health` over HTTP. Throws
 * `PortInUseError`.
 */
export async function startConsole(options: ConsoleOptions): Promise<Console> {
  const { host, token, clock, source, log } = options;
  const files =
    options.webRoot === undefined ? new Map() : await loadDashboardFiles(options.webRoot);
  const sessions = new Set<Session>();
  let sequence = 0;
  const context: SessionContext = {
    token,
    clock,
    source,
    limiter: new LoginLimiter({ clock, triesMax: 5, windowMs: 60_000, addressesMax: 1_000 }),
    sequence: () => sequence,
    log,
    onJoined: ({ address }) =>
      log({ type: 'console-client-joined', address, clients: loggedIn(sessions) }),
    onLeft: (session, code) => {
      sessions.delete(session);
      if (!session.isLoggedIn) return;
      const clients = loggedIn(sessions);
      log({ type: 'console-client-left', address: session.address, clients, code });
    },
  };
  const http = createServer({ headersTimeout: 5_000, requestTimeout: 10_000 }, answer);
  const sockets = openSockets(http, sessions, context);
  await listen(http, options);
  http.on('error', (cause) => log({ type: 'console-failed', cause }));
  const { port } = http.address() as AddressInfo;
  log({ type: 'console-listening', host, port });
  return { port, publish, close: () => closeAll({ http, sockets, sessions, clock }) };

  function answer(request: IncomingMessage, response: ServerResponse): void {
    try {
      answerHttp(request, response, { files, snapshot: () => source.snapshot() });
    } catch (cause) {
      log({ type: 'console-failed', cause });
      if (!response.headersSent) response.writeHead(503);
      response.end();
    }
  }

  function publish(event: ConsoleEvent): void {
    sequence += 1;
    try {
      broadcast(sessions, { type: 'event', sequence, event });
    } catch (cause) {
      log({ type: 'console-failed', cause });
    }
  }
}

function broadcast(sessions: ReadonlySet<Session>, message: ServerMessage): void {
  if (loggedIn(sessions) === 0) return;
  const frame = JSON.stringify(message);
  for (const session of sessions) {
    if (session.isLoggedIn) session.publish(frame);
  }
}

function loggedIn(sessions: ReadonlySet<Session>): number {
  let count = 0;
  for (const { isLoggedIn } of sessions) count += isLoggedIn ? 1 : 0;
  return count;
}

/** Takes WebSocket handshakes on the one path, from our own pages and from programs that are no browser. */
function openSockets(http: Server, sessions: Set<Session>, context: SessionContext) {
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: frameBytesMax,
    perMessageDeflate: false,
  });
  http.on('upgrade', (request, socket, head) => {
    socket.on('error', (cause) => context.log({ type: 'console-failed', cause }));
    const refusal = refusalOf(request, sessions.size);
    if (refusal !== undefined) {
      refuse(socket, refusal);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const address = request.socket.remoteAddress ?? 'unknown';
      const session = new Session(webSocket, address, context);
      sessions.add(session);
      if (sessions.size > clientsMax) {
        session.close(closeCodes.full, `at most ${clientsMax} clients at once: close one`);
      }
    });
  });
  return sockets;
}

/** The status of a handshake that is not taken. Beyond the clients there is room for those who are told so. */
function refusalOf(request: IncomingMessage, sessions: number): number | undefined {
  if (request.url?.split('?', 1)[0] !== socketPath) return 404;
  if (!isSameHost(request)) return 403;
  return sessions >= 2 * clientsMax ? 503 : undefined;
}

/** A browser says which page opened the connection: a stranger's page must not get to try tokens. */
function isSameHost({ headers }: IncomingMessage): boolean {
  const { origin, host } = headers;
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}

function refuse(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\n\r\n`);
}

function listen(http: Server, { host, port }: ConsoleOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException) =>
      reject(cause.code === 'EADDRINUSE' ? new PortInUseError({ host, port, cause }) : cause);
    http.once('error', onError);
    http.listen(port, host, () => {
      http.off('error', onError);
      resolve();
    });
  });
}

async function closeAll(open: {
  http: Server;
  sockets: WebSocketServer;
  sessions: ReadonlySet<Session>;
  clock: Clock;
}): Promise<void> {
  const { http, sockets, sessions, clock } = open;
  for (const session of sessions) session.close(closeCodes.goingAway, 'the engine stops');
  sockets.close();
  const cancel = clock.after(goodbyeMs, () => {
    for (const session of sessions) session.terminate();
    http.closeAllConnections();
  });
  await new Promise<void>((resolve) => {
    http.close(() => resolve());
    http.closeIdleConnections();
  });
  cancel();
}
