import { afterEach, describe, expect, test } from 'vitest';
import { anOrder, mt5Client, unhurried } from '../../../test/mt5-client.ts';
import {
  aPosition,
  aSymbol,
  healthyTerminal,
  type Said,
  type Script,
  ScriptedTerminal,
  tradeResult,
} from '../../../test/scripted-terminal.ts';
import type { TradeOutcome } from '../../domain/order.ts';
import { price, steps } from '../../domain/units.ts';
import { SimulatedClock } from '../../runtime/simulated-clock.ts';

let terminal: ScriptedTerminal | undefined;
afterEach(() => terminal?.close());

async function clientOf(script: Script) {
  terminal = await ScriptedTerminal.start({ ...healthyTerminal, ...script });
  return mt5Client(terminal.url);
}

async function submitted(said: Said): Promise<TradeOutcome> {
  const client = await clientOf({ 'POST /orders': said });
  return client.submit(anOrder(), unhurried);
}

const result = (fields: Readonly<Record<string, unknown>>, status = 200): Said => ({
  status,
  json: tradeResult(fields),
});
const error = (status: number, text: string): Said => ({ status, json: { error: text } });
const page = (status: number): Said => ({ status, html: `<h1>${status}</h1>` });

/** Every shape of an answer, and what it proves about the order of 0.30 lot. */
const answers: readonly (readonly [string, Said, Readonly<Record<string, unknown>>])[] = [
  ['201 with 10009', result({}, 201), { outcome: 'done', fill: { volume: 30, price: 100_014 } }],
  [
    '10009 without price and volume',
    result({ price: 0, volume: 0 }, 201),
    { outcome: 'done', fill: { volume: 30 } },
  ],
  [
    '10009 with a price of Infinity',
    { raw: '{"retcode":10009,"price":Infinity,"volume":0.3}' },
    { outcome: 'done', fill: { volume: 30 } },
  ],
  [
    '10009 for less than was asked',
    result({ volume: 0.1 }),
    { outcome: 'partial', fill: { volume: 10, price: 100_014 } },
  ],
  [
    '10010 with a smaller volume',
    result({ retcode: 10010, volume: 0.12 }),
    { outcome: 'partial', fill: { volume: 12, price: 100_014 } },
  ],
  ['10010 for all of it', result({ retcode: 10010 }), { outcome: 'done', fill: { volume: 30 } }],
  [
    '10010 that does not say how much',
    result({ retcode: 10010, volume: 0 }),
    { outcome: 'unknown' },
  ],
  ['10008: accepted, not filled', result({ retcode: 10008 }), { outcome: 'unknown' }],
  ['10012: timed out at the broker', result({ retcode: 10012 }), { outcome: 'unknown' }],
  ['10028: locked', result({ retcode: 10028 }), { outcome: 'unknown' }],
  ['10031: no connection', result({ retcode: 10031 }), { outcome: 'unknown' }],
  ['a code that nobody knows', result({ retcode: 10099 }), { outcome: 'unknown' }],
  [
    '200 with 10006',
    result({ retcode: 10006, comment: 'no' }),
    { outcome: 'rejected', code: 10006, reason: '10006 request rejected: no' },
  ],
  ['10004 requote', result({ retcode: 10004 }), { outcome: 'rejected', code: 10004 }],
  ['10019 no money', result({ retcode: 10019 }), { outcome: 'rejected', code: 10019 }],
  ['10018 market closed', result({ retcode: 10018 }), { outcome: 'rejected', code: 10018 }],
  [
    "the other dialect's position",
    { status: 201, json: aPosition({ price_open: 100_020 }) },
    { outcome: 'done', fill: { ticket: 501, volume: 30, price: 100_020 } },
  ],
  [
    "the other dialect's smaller position",
    { json: aPosition({ volume: 0.2 }) },
    { outcome: 'partial', fill: { ticket: 501, volume: 20, price: 100_000.5 } },
  ],
  [
    "the other dialect's refusal",
    { status: 400, json: { retcode: 10014, message: 'Invalid stops' } },
    { outcome: 'rejected', code: 10014, reason: '10014 invalid volume: Invalid stops' },
  ],
  [
    "the other dialect's doubt",
    { status: 500, json: { retcode: 10031, message: 'No connection' } },
    { outcome: 'unknown' },
  ],
  [
    '400',
    error(400, "'symbol' is required"),
    { outcome: 'not-sent', reason: "400 'symbol' is required" },
  ],
  ['400 page', page(400), { outcome: 'not-sent' }],
  ['401 page', page(401), { outcome: 'not-sent' }],
  ['404 of the symbol', error(404, 'Symbol BTCUSDc not found'), { outcome: 'not-sent' }],
  ['405 page', page(405), { outcome: 'not-sent' }],
  ['415 page', page(415), { outcome: 'not-sent' }],
  [
    '500 that the SDK refused it',
    error(500, `order_send failed: (-2, 'Invalid "comment" argument')`),
    { outcome: 'not-sent' },
  ],
  ['500 without a price', error(500, 'Cannot get price for BTCUSDc'), { outcome: 'not-sent' }],
  [
    '500 that the SDK failed',
    error(500, "order_send failed: (-1, 'Terminal: Call failed')"),
    { outcome: 'unknown' },
  ],
  [
    '500 that the SDK lost its terminal',
    error(500, "order_send failed: (-10005, 'IPC timeout')"),
    { outcome: 'unknown' },
  ],
  ['500 that nobody explains', error(500, 'something else'), { outcome: 'unknown' }],
  ['500 page', page(500), { outcome: 'unknown' }],
  ['502 page', page(502), { outcome: 'unknown' }],
  ['503 queue full', error(503, 'queue depth 21 exceeds max 20'), { outcome: 'not-sent' }],
  ['503 not initialised', error(503, 'MT5 not initialized'), { outcome: 'not-sent' }],
  ['503 page of something in between', page(503), { outcome: 'unknown' }],
  ['504', error(504, 'mt5 call timed out: call timed out after 30s'), { outcome: 'unknown' }],
  ['504 page', page(504), { outcome: 'unknown' }],
  ['dropped connection', 'drop', { outcome: 'unknown' }],
  ['redirect', page(307), { outcome: 'unknown' }],
  ['200 with null', { json: null }, { outcome: 'unknown' }],
  ['200 with an empty list', { json: [] }, { outcome: 'unknown' }],
  ['201 with half an answer', { status: 201, raw: '{"retcode":10009' }, { outcome: 'unknown' }],
];

describe('an order', () => {
  test.each(answers)('answered by %s', async (_name, said, outcome) => {
    await expect(submitted(said)).resolves.toMatchObject(outcome);
    expect(terminal?.askedFor('POST /orders')).toHaveLength(1);
  });

  test('carries its identity, its stops, our deviation and a filling that the symbol allows', async () => {
    await submitted(result({}, 201));
    expect(terminal?.askedFor('POST /orders')).toMatchObject([
      {
        headers: { 'content-type': 'application/json' },
        body: {
          symbol: 'BTCUSDc',
          type: 'BUY',
          volume: 0.3,
          sl: 99_000,
          tp: 102_000,
          deviation: 500,
          magic: 42,
          comment: 'abcdefghijklmnopqrstuvwxyz',
          type_filling: 'IOC',
          type_time: 'GTC',
        },
      },
    ]);
  });

  test.each([
    ['IOC where it may choose', 3, 2, 'IOC'],
    ['FOK where there is no IOC', 1, 2, 'FOK'],
    ['RETURN where there is neither, and no market execution', 0, 1, 'RETURN'],
  ])('fills %s', async (_name, filling_mode, trade_exemode, filling) => {
    const symbol = { json: aSymbol({ filling_mode, trade_exemode }) };
    const client = await clientOf({
      'GET /symbols/BTCUSDc': symbol,
      'POST /orders': result({}, 201),
    });
    await client.submit(anOrder(), unhurried);
    expect(terminal?.askedFor('POST')[0]?.body).toMatchObject({ type_filling: filling });
  });

  test('has prices on the tick grid and a volume without noise', async () => {
    const symbol = { json: aSymbol({ digits: 1, trade_tick_size: 0.5, volume_step: 0.1 }) };
    const client = await clientOf({
      'GET /symbols/BTCUSDc': symbol,
      'POST /orders': result({}, 201),
    });
    const order = anOrder({
      volume: steps(3),
      stopLoss: price(99_000.74),
      takeProfit: price(102_000.3),
    });
    await client.submit(order, unhurried);
    expect(terminal?.askedFor('POST')[0]?.body).toMatchObject({
      volume: 0.3,
      sl: 99_000.5,
      tp: 102_000.5,
    });
  });

  test('of a hedging account has its position under the ticket of the order', async () => {
    const client = await clientOf({ 'POST /orders': result({ order: 777 }, 201) });
    await client.account(unhurried);
    await expect(client.submit(anOrder(), unhurried)).resolves.toMatchObject({
      fill: { ticket: 777 },
    });
  });

  test('is not sent when its symbol cannot be read', async () => {
    const client = await clientOf({ 'GET /symbols/BTCUSDc': page(401) });
    await expect(client.submit(anOrder(), unhurried)).resolves.toMatchObject({
      outcome: 'not-sent',
    });
    expect(terminal?.askedFor('POST')).toEqual([]);
  });

  test('is unknown when the server stays silent until the deadline', async () => {
    const clock = new SimulatedClock();
    terminal = await ScriptedTerminal.start({
      ...healthyTerminal,
      'POST /orders': () => {
        clock.advance(65_000);
        return 'silence';
      },
    });
    const client = mt5Client(terminal.url, { clock, tradeTimeoutMs: 65_000 });
    await expect(client.submit(anOrder(), unhurried)).resolves.toEqual({
      outcome: 'unknown',
      reason: 'no answer: no answer within 65000 ms',
    });
  });

  test('is unknown when the account stops while it is under way', async () => {
    const stop = new AbortController();
    const client = await clientOf({
      'POST /orders': () => {
        stop.abort(new Error('the account is stopping'));
        return 'silence';
      },
    });
    await expect(client.submit(anOrder(), stop.signal)).resolves.toMatchObject({
      outcome: 'unknown',
    });
  });

  test('is not sent when nobody listens', async () => {
    const client = await clientOf({});
    await client.instrument('BTCUSD', unhurried);
    await terminal?.close();
    await expect(client.submit(anOrder(), unhurried)).resolves.toMatchObject({
      outcome: 'not-sent',
    });
  });
});
