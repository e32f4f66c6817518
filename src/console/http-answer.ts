import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FleetSnapshot } from '../protocol/fleet.ts';
import type { DashboardFile } from './dashboard-files.ts';

/** The dashboard runs its own scripts and talks to its own engine, nothing else. */
const securityHeaders = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
};

type Site = {
  readonly files: ReadonlyMap<string, DashboardFile>;
  snapshot(): FleetSnapshot;
};

/** Answers plain HTTP: the built dashboard and `/health`. Everything else is 404, every other method 405. */
export function answerHttp(request: IncomingMessage, response: ServerResponse, site: Site): void {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const file = site.files.get(path);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    sendText(response, { status: 405, text: 'GET and HEAD only', headers: { allow: 'GET, HEAD' } });
  } else if (path === '/health') {
    sendHealth(response, site);
  } else if (file !== undefined) {
    sendFile(request, response, file);
  } else if (path === '/') {
    sendText(response, { status: 404, text: 'The dashboard is not built: run npm run build.' });
  } else {
    sendText(response, { status: 404, text: 'not found' });
  }
}

/** 200 while the root of the supervision tree runs, else 503: for service managers, so no token is asked for. */
function sendHealth(response: ServerResponse, site: Site): void {
  const { engine, tree } = site.snapshot();
  const isWell = tree.status === 'running' || tree.status === 'starting';
  const body = { status: isWell ? 'ok' : tree.status, version: engine.version, mode: engine.mode };
  response.writeHead(isWell ? 200 : 503, {
    ...securityHeaders,
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.end(`${JSON.stringify(body)}\n`);
}

function sendFile(request: IncomingMessage, response: ServerResponse, file: DashboardFile): void {
  const headers = {
    ...securityHeaders,
    'content-type': file.contentType,
    'cache-control': file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag: file.etag,
  };
  if (request.headers['if-none-match'] === file.etag) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(200, { ...headers, 'content-length': file.body.length }).end(file.body);
}

function sendText(
  response: ServerResponse,
  { status, text, headers }: { status: number; text: string; headers?: Record<string, string> },
): void {
  response.writeHead(status, {
    ...securityHeaders,
    ...headers,
    'content-type': 'text/plain; charset=utf-8',
  });
  response.end(`${text}\n`);
}
