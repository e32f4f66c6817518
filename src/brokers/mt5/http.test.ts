import { getEventListeners } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { anOrder, mt5Client, unhurried } from '../../../test/mt5-client.ts';
import { healthyTerminal, ScriptedTerminal, tradeResult } from '../../../test/scripted-terminal.ts';
import { SimulatedClock } from '../../runtime/simulated-clock.ts';
import { openHttp } from './http.ts';

let terminal: ScriptedTerminal | undefined;
afterEach(() => terminal?.close());

async function start(...args: Parameters<typeof ScriptedTerminal.start>) {
  terminal = await ScriptedTerminal.start(...args);
  return terminal;
}

/** A port on which nobody listens any more. */
async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const get = (path: string) => ({ method: 'GET', path, timeoutMs: 8_000 }) as const;
const order = { method: 'POST', path: '/orders', body: {}, timeoutMs: 1_000 } as const;

describe('a request', () => {
  test('keeps the path prefix of the url and sends the token', async () => {
    const { url, asked } = await start(healthyTerminal, '/exness/main');
    const http = openHttp({ url: `${url}/`, token: 'secret', clock: new SimulatedClock() });
    await expect(http.send(get('/ping'), unhurried)).resolves.toMatchObject({ status: 200 });
    expect(asked).toMatchObject([{ path: '/ping', headers: { authorization: 'Bearer secret' } }]);
  });

  test('names the terminal without what belongs to nobody else', () => {
    const url = 'http://user:password@127.0.0.1:8888/exness/main/';
    const http = openHttp({ url, token: 'secret', clock: new SimulatedClock() });
    expect(http.address).toBe('http://127.0.0.1:8888/exness/main');
  });

  test('reaches a symbol whose name has a #', async () => {
    const { url } = await start({
      ...healthyTerminal,
      'GET /symbols/#SP500/tick': { json: { bid: 1, ask: 2, time: 3 } },
    });
    const client = mt5Client(url, { symbols: { SP500: '#SP500' } });
    await expect(client.quote('SP500', unhurried)).resolves.toEqual({ bid: 1, ask: 2, at: 3_000 });
  });

  test('asks for gzip where lists are long, and reads it', async () => {
    const rate = { time: 900, open: 1, high: 3, low: 1, close: 2, tick_volume: 5, spread: 7 };
    const rates = [rate, { ...rate, time: 1_800 }];
    const server = await start({
      ...healthyTerminal,
      'GET /symbols/BTCUSDc/rates': { json: rates, zipped: true },
    });
    const request = { symbol: 'BTCUSD', timeframe: 'M15', count: 1 } as const;
    await expect(mt5Client(server.url).recentBars(request, unhurried)).resolves.toHaveLength(1);
    expect(server.asked.at(-1)?.headers['accept-encoding']).toBe('gzip');
  });

  test('reads numbers that JSON has no words for as null, and leaves text alone', async () => {
    const raw = '{"a":Infinity,"b":-Infinity,"c":NaN,"d":"NaN \\"Infinity","e":1}';
    const { url } = await start({ 'GET /x': { raw } });
    const http = openHttp({ url, token: undefined, clock: new SimulatedClock() });
    await expect(http.send(get('/x'), unhurried)).resolves.toEqual({
      type: 'json',
      status: 200,
      body: { a: null, b: null, c: null, d: 'NaN "Infinity', e: 1 },
    });
  });

  test('tells a page from JSON by its content type, and keeps its words', async () => {
    const html = '<!doctype html><title>502 Bad Gateway</title><style>p{}</style><p>nginx</p>';
    const { url } = await start({ 'GET /x': { status: 502, html } });
    const http = openHttp({ url, token: undefined, clock: new SimulatedClock() });
    await expect(http.send(get('/x'), unhurried)).resolves.toEqual({
      type: 'text',
      status: 502,
      text: '502 Bad Gateway nginx',
    });
  });

  test('takes JSON that breaks off for text', async () => {
    const { url } = await start({ 'GET /x': { raw: '{"retcode":10009,' } });
    const http = openHttp({ url, token: undefined, clock: new SimulatedClock() });
    await expect(http.send(get('/x'), unhurried)).resolves.toMatchObject({ type: 'text' });
  });

  test('ends at its deadline, was sent, and leaves no timer behind', async () => {
    const clock = new SimulatedClock();
    let isAsked = () => {};
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve;
    });
    const { url } = await start({
      'GET /x': () => {
        isAsked();
        return 'silence';
      },
    });
    const answer = openHttp({ url, token: undefined, clock }).send(get('/x'), unhurried);
    await asked;
    clock.advance(8_000);
    await expect(answer).resolves.toMatchObject({
      type: 'none',
      wasSent: true,
      cause: { message: 'no answer within 8000 ms' },
    });
    expect(clock.pendingCount).toBe(0);
  });

  test('that was answered listens to nobody any more', async () => {
    const clock = new SimulatedClock();
    const { signal } = new AbortController();
    const { url } = await start(healthyTerminal);
    await openHttp({ url, token: undefined, clock }).send(get('/ping'), signal);
    expect([clock.pendingCount, getEventListeners(signal, 'abort')]).toEqual([0, []]);
  });

  test('says once that it was written, before its answer', async () => {
    const said: string[] = [];
    const { url } = await start({ 'POST /orders': { status: 201, json: tradeResult() } });
    const http = openHttp({ url, token: undefined, clock: new SimulatedClock() });
    const onWritten = () => said.push('written');
    await http.send({ ...order, onWritten }, unhurried);
    said.push('answered');
    expect(said).toEqual(['written', 'answered']);
  });

  test('does not say that it was written when nothing was', async () => {
    let isSaid = false;
    const onWritten = () => {
      isSaid = true;
    };
    const url = `http://127.0.0.1:${await closedPort()}`;
    const http = openHttp({ url, token: undefined, clock: new SimulatedClock() });
    await expect(http.send({ ...order, onWritten }, unhurried)).resolves.toMatchObject({
      wasSent: false,
    });
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(isSaid).toBe(false);
  });
});

describe('a request that nobody received', () => {
  test('is known not to be sent when the connection is refused', async () => {
    const url = `http://127.0.0.1:${await closedPort()}`;
    const http = openHttp({ url, token: undefined, clock: new SimulatedClock() });
    await expect(http.send(get('/x'), unhurried)).resolves.toMatchObject({
      type: 'none',
      wasSent: false,
      cause: { code: 'ECONNREFUSED' },
    });
  });

  test('is known not to be sent when it was aborted before', async () => {
    const server = await start(healthyTerminal);
    const http = openHttp({ url: server.url, token: undefined, clock: new SimulatedClock() });
    await expect(http.send(order, AbortSignal.abort(new Error('stop')))).resolves.toMatchObject({
      wasSent: false,
    });
    expect(server.asked).toEqual([]);
  });

  test('is known not to be sent when it still waited behind another trade', async () => {
    const clock = new SimulatedClock();
    let isAsked = () => {};
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve;
    });
    const server = await start({
      'POST /orders': () => {
        isAsked();
        return 'silence';
      },
    });
    const http = openHttp({ url: server.url, token: undefined, clock });
    const trade = { method: 'POST', path: '/orders', body: {} } as const;
    const first = http.send({ ...trade, timeoutMs: 65_000 }, unhurried);
    await asked;
    const second = http.send({ ...trade, timeoutMs: 1_000 }, unhurried);
    clock.advance(1_000);
    await expect(second).resolves.toMatchObject({ type: 'none', wasSent: false });
    clock.advance(64_000);
    await expect(first).resolves.toMatchObject({ type: 'none', wasSent: true });
    expect(server.asked).toHaveLength(1);
  });
});

describe('connections', () => {
  test('are kept for reads and new for every trade', async () => {
    const server = await start({
      ...healthyTerminal,
      'POST /orders': { status: 201, json: tradeResult() },
    });
    const client = mt5Client(server.url);
    for (let round = 0; round < 3; round += 1) await client.quote('BTCUSD', unhurried);
    await client.submit(anOrder(), unhurried);
    await Promise.all([client.submit(anOrder(), unhurried), client.submit(anOrder(), unhurried)]);
    const ports = (start: string) =>
      new Set(server.askedFor(start).map(({ clientPort }) => clientPort)).size;
    expect(ports('GET /symbols/BTCUSDc/tick')).toBe(1);
    expect(ports('POST /orders')).toBe(3);
    expect(server.askedFor('POST')[0]?.headers.connection).toBe('close');
  });

  test('for a trade are open before it, are used once, and not when they are old', async () => {
    const server = await start({ ...healthyTerminal, 'POST /orders': { json: {} } });
    const clock = new SimulatedClock();
    const http = openHttp({ url: server.url, token: undefined, clock });
    const trade = { method: 'POST', path: '/orders', body: {}, timeoutMs: 1_000 } as const;
    const opened = () => server.connections;
    http.expectTrade?.();
    await server.connected(1);
    http.expectTrade?.();
    await http.send(trade, unhurried);
    expect(opened()).toBe(1);
    await http.send(trade, unhurried);
    expect(opened()).toBe(2);
    http.expectTrade?.();
    await server.connected(3);
    clock.advance(10_000);
    await http.send(trade, unhurried);
    expect(opened()).toBe(4);
    expect(new Set(server.asked.map(({ clientPort }) => clientPort)).size).toBe(3);
  });

  test('for a trade that the server closed before it cost nothing', async () => {
    const server = await start({ ...healthyTerminal, 'POST /orders': { json: {} } });
    const http = openHttp({ url: server.url, token: undefined, clock: new SimulatedClock() });
    http.expectTrade?.();
    await server.connected(1);
    server.hangUp();
    await http.send(get('/ping'), unhurried);
    const trade = { method: 'POST', path: '/orders', body: {}, timeoutMs: 1_000 } as const;
    await expect(http.send(trade, unhurried)).resolves.toMatchObject({ type: 'json' });
  });

  test('that the server closed while they were idle cost neither a read nor a trade', async () => {
    const server = await start({
      ...healthyTerminal,
      'POST /orders': { status: 201, json: tradeResult() },
    });
    const client = mt5Client(server.url);
    await client.instrument('BTCUSD', unhurried);
    server.hangUp();
    const trade = client.submit(anOrder(), unhurried);
    const read = client.quote('BTCUSD', unhurried);
    await expect(trade).resolves.toMatchObject({ outcome: 'done' });
    await expect(read).resolves.toMatchObject({ bid: 100_000 });
    expect(server.askedFor('POST')).toHaveLength(1);
  });
});
