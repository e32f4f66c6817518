import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aFleet, anAccount, aToken } from '../../test/browser/fleet-builder.ts';
import type { FleetSnapshot } from '../protocol/fleet.ts';
import { systemClock } from '../runtime/clock.ts';
import { type Console, startConsole } from './start-console.ts';

let folder: string;
let console: Console;
let fleet: FleetSnapshot;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'novosky-web-'));
  const webRoot = join(folder, 'web');
  await mkdir(join(webRoot, 'assets'), { recursive: true });
  await writeFile(join(folder, 'secret.json'), 'secret');
  await writeFile(join(webRoot, 'index.html'), '<!doctype html><title>NOVOSKY</title>');
  await writeFile(join(webRoot, 'assets', 'index-1a2b.js'), 'export {};');
  await writeFile(join(webRoot, 'private.pem'), 'key');
  await symlink(join(folder, 'secret.json'), join(webRoot, 'link.json'));
  fleet = aFleet(anAccount('exness_main'));
  console = await aConsole(webRoot);
});
afterAll(async () => {
  await console.close();
  await rm(folder, { recursive: true });
});

describe('over HTTP', () => {
  test.each([
    ['/', 'text/html; charset=utf-8', 'no-cache'],
    ['/?theme=dark', 'text/html; charset=utf-8', 'no-cache'],
    [
      '/assets/index-1a2b.js',
      'text/javascript; charset=utf-8',
      'public, max-age=31536000, immutable',
    ],
  ])('%s is served as %s', async (path, contentType, cacheControl) => {
    const answer = await get(path);
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-type': contentType,
      'cache-control': cacheControl,
      'x-content-type-options': 'nosniff',
    });
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
    expect(answer.headers['content-security-policy']).not.toContain('unsafe');
  });

  test.each([
    '/../secret.json',
    '/..%2fsecret.json',
    '/%2e%2e/secret.json',
    '/assets/../../secret.json',
    '/assets//../../secret.json',
    '//secret.json',
    '/link.json',
    '/private.pem',
    '/assets',
    '/index.htm',
    '/%00',
    '/__proto__',
  ])('%s is not found', async (path) => {
    const answer = await get(path);
    expect(answer.status).toBe(404);
    expect(answer.body).toBe('not found\n');
  });

  test('a file that has not changed is not sent again', async () => {
    const { headers } = await get('/');
    const again = await get('/', { 'if-none-match': String(headers.etag) });
    expect(again).toMatchObject({ status: 304, body: '' });
  });

  test('nothing can be written', async () => {
    expect((await get('/', {}, 'POST')).status).toBe(405);
    expect(await get('/', {}, 'HEAD')).toMatchObject({ status: 200, body: '' });
  });

  test('the health of the engine is that of its tree', async () => {
    expect(await get('/health')).toMatchObject({
      status: 200,
      body: '{"status":"ok","version":"0.1.0","mode":"paper"}\n',
    });
    fleet = { ...fleet, tree: { ...fleet.tree, status: 'failed' } };
    expect(await get('/health')).toMatchObject({
      status: 503,
      body: '{"status":"failed","version":"0.1.0","mode":"paper"}\n',
    });
  });

  test('a dashboard that was not built says how to build it', async () => {
    const bare = await aConsole(join(folder, 'nowhere'));
    const answer = await get('/', {}, 'GET', bare.port);
    await bare.close();
    expect(answer).toMatchObject({
      status: 404,
      body: 'The dashboard is not built: run npm run build.\n',
    });
  });
});

function aConsole(webRoot: string): Promise<Console> {
  return startConsole({
    host: '127.0.0.1',
    port: 0,
    token: aToken(),
    webRoot,
    clock: systemClock,
    source: { snapshot: () => fleet, command: () => Promise.resolve({ ok: true }) },
    log: () => {},
  });
}

/** A request whose path goes out as it stands: `fetch` would tidy it up. */
function get(
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
  port = console.port,
): Promise<{
  status: number | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path, method, headers, agent: false },
      (answer) => {
        let body = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => {
          body += chunk;
        });
        answer.on('end', () =>
          resolve({ status: answer.statusCode, headers: answer.headers, body }),
        );
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}
