import { request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import {
  anOrder,
  barMs,
  closeTerminals,
  replayFrom,
  startTerminal,
  type Wire,
} from '../../test/fixtures/simulated-terminal.ts';

const from = replayFrom / 1_000;
const barSeconds = barMs / 1_000;

afterEach(closeTerminals);

describe('the wire', () => {
  test.each([
    ['no token', undefined, '/ping'],
    ['another token', 'Bearer other', '/ping'],
    ['bearer in lower case', 'bearer trade-token', '/account'],
    ['no token and no route', undefined, '/nowhere'],
    ['the control token', 'Bearer control-token', '/account'],
  ])('answers %s by 401 in HTML', async (_says, authorization, path) => {
    const { simulator } = await startTerminal();
    const response = await fetch(`${simulator.url}${path}`, {
      headers: authorization === undefined ? {} : { Authorization: authorization },
    });
    expect(response.status).toBe(401);
    expect(response.headers.get('content-type')).toMatch(/^text\/html/);
  });

  test.each([
    ['GET', '/nowhere', 404],
    ['GET', '/positions/abc', 404],
    ['DELETE', '/account', 405],
    ['OPTIONS', '/account', 405],
  ])('answers %s %s by %i in HTML', async (method, path, status) => {
    const answer = await (await startTerminal()).send(method, path);
    expect(answer).toMatchObject({ status, type: expect.stringMatching(/^text\/html/) });
  });

  test('lives behind a path prefix and knows no route outside it', async () => {
    const { simulator, get } = await startTerminal({ pathPrefix: '/exness/12345' });
    expect(simulator.url).toMatch(/\/exness\/12345$/);
    expect(await get('/ping')).toEqual({ mode: 'live', status: 'ok' });
    const outside = await fetch(`${new URL(simulator.url).origin}/ping`, {
      headers: { Authorization: 'Bearer trade-token' },
    });
    expect([outside.status, await outside.text()]).toEqual([404, 'no route']);
  });

  test('compresses what is longer than 500 bytes, for clients that want it', async () => {
    const { simulator } = await startTerminal();
    const raw = (path: string, encoding: string) =>
      new Promise<{ encoding: unknown; body: Buffer }>((resolve, reject) => {
        const headers = { Authorization: 'Bearer trade-token', 'Accept-Encoding': encoding };
        request(`${simulator.url}${path}`, { headers }, async (response) => {
          const chunks: Buffer[] = [];
          for await (const chunk of response) chunks.push(chunk as Buffer);
          resolve({ encoding: response.headers['content-encoding'], body: Buffer.concat(chunks) });
        })
          .on('error', reject)
          .end();
      });
    const zipped = await raw('/account', 'gzip, br');
    const plain = await raw('/account', 'identity');
    expect(zipped.encoding).toBe('gzip');
    expect(plain.encoding).toBeUndefined();
    expect(gunzipSync(zipped.body)).toEqual(plain.body);
    expect((await raw('/ping', 'gzip')).encoding).toBeUndefined();
  });
});

describe('reading', () => {
  test('the terminal, the account and the symbol', async () => {
    const { get } = await startTerminal();
    expect(await get('/terminal')).toMatchObject({
      connected: true,
      trade_allowed: true,
      tradeapi_disabled: false,
      broker_utc_offset_seconds: 0,
    });
    expect(await get('/account')).toMatchObject({
      login: 7,
      balance: 10_000,
      equity: 10_000,
      margin: 0,
      margin_free: 10_000,
      margin_level: 0,
      margin_mode: 2,
      currency: 'USD',
      currency_digits: 2,
      trade_allowed: true,
      trade_expert: true,
    });
    expect(await get('/symbols')).toEqual(['BTCUSD']);
    expect(await get('/symbols/BTCUSD')).toMatchObject({
      digits: 2,
      point: 0.01,
      spread: 1_000,
      trade_tick_size: 0.01,
      trade_tick_value: 0.01,
      trade_contract_size: 1,
      trade_mode: 4,
      trade_stops_level: 0,
      volume_min: 0.01,
      volume_max: 100,
      volume_step: 0.01,
      filling_mode: 3,
      swap_rollover3days: 3,
    });
    expect(await get('/symbols/BTCUSD/tick')).toMatchObject({
      bid: 1_000,
      ask: 1_010,
      time: from,
      time_msc: replayFrom,
    });
    expect(await get('/error')).toEqual({ code: 1, message: 'Success' });
  });

  test.each([
    ['*', ['BTCUSD']],
    ['*USD*', ['BTCUSD']],
    ['EUR*', []],
    ['*,!BTC*', []],
    ['BTCUSD', ['BTCUSD']],
  ])('symbols of the group %s', async (group, names) => {
    const { get } = await startTerminal();
    expect(await get(`/symbols?group=${encodeURIComponent(group)}`)).toEqual(names);
  });

  test.each([
    ['/symbols/btcusd', 404, 'Symbol btcusd not found'],
    ['/symbols/NONE/rates', 404, 'Symbol NONE not found'],
    ['/symbols/NONE%23/tick', 404, 'No tick for NONE#'],
    ['/positions/12', 404, 'Position 12 not found'],
    ['/orders/12', 404, 'Order 12 not found'],
    ['/history/deals', 400, "'from' and 'to' query params required (unix timestamps)"],
    ['/history/orders?from=a&to=1', 400, "'from' and 'to' must be unix timestamps"],
  ])('%s is answered %i in JSON', async (path, status, error) => {
    const answer = await (await startTerminal()).send('GET', path);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toEqual({ error });
  });

  test('a cent account counts cents under the broker symbol of its own', async () => {
    const { get, send } = await startTerminal({
      brokerSymbol: 'BTCUSDc',
      account: { balance: 1_000_000, currency: 'USC' },
    });
    await send('POST', '/orders', { ...anOrder, symbol: 'BTCUSDc' });
    expect(await get('/account')).toMatchObject({ currency: 'USC', margin: 505, equity: 999_500 });
    expect(await get('/positions')).toMatchObject([{ symbol: 'BTCUSDc', profit: -500 }]);
  });
});

describe('clocks', () => {
  const hourMs = 3_600_000;

  test('an offset that the server does not know shifts every time on the wire, and questions back', async () => {
    const { get, send } = await startTerminal({ utcOffsetMs: 3 * hourMs });
    await send('POST', '/orders', anOrder);
    const shifted = from + 3 * 3_600;
    expect(await get('/symbols/BTCUSD/tick')).toMatchObject({
      time: shifted,
      time_msc: replayFrom + 3 * hourMs,
    });
    expect(await get('/positions')).toMatchObject([{ time: shifted }]);
    expect(await get(`/history/deals?from=${shifted}&to=${shifted}`)).toHaveLength(2);
    expect(await get(`/history/deals?from=${from}&to=${from}`)).toEqual([]);
    const range = `from=${shifted - barSeconds}&to=${shifted - barSeconds}`;
    expect(await get(`/symbols/BTCUSD/rates?timeframe=M15&${range}`)).toMatchObject([
      { close: 1_000 },
    ]);
  });

  test('an offset that the server takes off leaves UTC, and H4 bars on the grid of the broker', async () => {
    const offsets = { utcOffsetMs: 2 * hourMs, utcOffsetConfiguredMs: 2 * hourMs };
    const { get } = await startTerminal(offsets);
    expect(await get('/terminal')).toMatchObject({
      broker_utc_offset_hours: 2,
      broker_utc_offset_seconds: 7_200,
    });
    expect(await get('/symbols/BTCUSD/tick')).toMatchObject({ time: from });
    const [last] = (await get<Wire[]>('/symbols/BTCUSD/rates?timeframe=H4&count=1')) ?? [];
    expect(last).toMatchObject({ time: from - 2 * 3_600 });
  });
});
