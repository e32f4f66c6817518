import { afterEach, describe, expect, test } from 'vitest';
import { anOrder, mt5Client, unhurried } from '../../../test/mt5-client.ts';
import {
  aPosition,
  aSymbol,
  healthyTerminal,
  type Said,
  type Script,
  ScriptedTerminal,
} from '../../../test/scripted-terminal.ts';
import { SimulatedClock } from '../../runtime/simulated-clock.ts';
import { BrokerProtocolError, BrokerUnavailableError } from '../broker.ts';

let terminal: ScriptedTerminal | undefined;
afterEach(() => terminal?.close());

async function clientOf(script: Script, options: Parameters<typeof mt5Client>[1] = {}) {
  terminal = await ScriptedTerminal.start({ ...healthyTerminal, ...script });
  return mt5Client(terminal.url, options);
}

const empty: Said = { json: [] };
const one: Said = { json: [aPosition()] };

describe('open positions', () => {
  test('are told in our units', async () => {
    const client = await clientOf({ 'GET /positions': one });
    await expect(client.positions(unhurried)).resolves.toEqual([
      {
        ticket: 501,
        symbol: 'BTCUSD',
        side: 'buy',
        volume: 30,
        entry: 100_000.5,
        stopLoss: 99_000,
        takeProfit: 102_000,
        openedAt: 1_735_725_000_500,
        profit: 12.34,
        swap: 0,
        comment: 'abcdefghijklmnopqrstuvwxyz',
        isOwned: true,
      },
    ]);
  });

  test('ask for their symbol once, however many they are', async () => {
    const rows = Array.from({ length: 20 }, (_, index) => aPosition({ ticket: 501 + index }));
    const client = await clientOf({ 'GET /positions': { json: rows } });
    await expect(client.positions(unhurried)).resolves.toHaveLength(20);
    expect(terminal?.askedFor('GET /symbols/BTCUSDc')).toHaveLength(1);
  });

  test('without a stop say so', async () => {
    const client = await clientOf({
      'GET /positions': { json: [aPosition({ type: 1, sl: 0, tp: 0 })] },
    });
    const [position] = await client.positions(unhurried);
    expect(position).toMatchObject({ side: 'sell' });
    expect(position).not.toHaveProperty('stopLoss');
    expect(position).not.toHaveProperty('takeProfit');
  });

  test('of somebody else are foreign, and never bear one of our symbols by chance', async () => {
    const rows = [
      aPosition({ magic: 0, symbol: 'BTCUSD', ticket: 7 }),
      aPosition({ magic: 0, symbol: 'EURUSD', ticket: 8 }),
    ];
    const client = await clientOf({
      'GET /positions': { json: rows },
      'GET /symbols/BTCUSD': { json: aSymbol() },
      'GET /symbols/EURUSD': { json: aSymbol({ volume_step: 0.1 }) },
    });
    await expect(client.positions(unhurried)).resolves.toMatchObject([
      { ticket: 7, symbol: 'BTCUSD (broker)', volume: 30, isOwned: false },
      { ticket: 8, symbol: 'EURUSD', volume: 3, isOwned: false },
    ]);
  });

  test('with a ticket that JavaScript cannot hold make no sense', async () => {
    const raw = JSON.stringify([aPosition()]).replace('"ticket":501', '"ticket":9007199254740993');
    const client = await clientOf({ 'GET /positions': { raw } });
    await expect(client.positions(unhurried)).rejects.toThrow(BrokerProtocolError);
  });

  test('with a volume off the grid make no sense', async () => {
    const client = await clientOf({ 'GET /positions': { json: [aPosition({ volume: 0.305 })] } });
    await expect(client.positions(unhurried)).rejects.toThrow(
      '0.305 lots of BTCUSDc are no multiple of 0.01',
    );
  });
});

describe('an empty list of positions', () => {
  test('means flat when a healthy terminal gives it twice', async () => {
    const client = await clientOf({ 'GET /positions': empty });
    await expect(client.positions(unhurried)).resolves.toEqual([]);
    expect(terminal?.askedFor('GET /positions')).toHaveLength(2);
  });

  test('that was a failed call is corrected by the second answer', async () => {
    const client = await clientOf({ 'GET /positions': [empty, one] });
    await expect(client.positions(unhurried)).resolves.toHaveLength(1);
  });

  test.each<readonly [string, Script]>([
    [
      'has no connection to its broker',
      { 'GET /terminal': { json: { connected: false, trade_allowed: true } } },
    ],
    ['does not answer its server', { 'GET /terminal': { json: null } }],
    [
      'has no account',
      { 'GET /account': { status: 404, json: { error: 'No account logged in' } } },
    ],
    ['is restarting', { 'GET /account': { status: 503, json: { error: 'MT5 not initialized' } } }],
  ])('is not believed when the terminal %s', async (_name, trouble) => {
    const client = await clientOf({ 'GET /positions': empty, ...trouble });
    await expect(client.positions(unhurried)).rejects.toThrow(BrokerUnavailableError);
  });

  test('is not believed while an order of ours is being worked on', async () => {
    const orders = [empty, { json: [{ ticket: 66, magic: 42 }] }, empty];
    const client = await clientOf({
      'GET /positions': empty,
      'GET /orders': orders,
      'POST /orders': { status: 504, html: '' },
    });
    await expect(client.positions(unhurried)).resolves.toEqual([]);
    await expect(client.submit(anOrder(), unhurried)).resolves.toMatchObject({
      outcome: 'unknown',
    });
    await expect(client.positions(unhurried)).rejects.toThrow(
      'order 66 is neither filled nor gone yet',
    );
    await expect(client.positions(unhurried)).resolves.toEqual([]);
  });

  test('is asked for again behind the pending orders: one that is filled in between is seen', async () => {
    let isFilled = false;
    const client = await clientOf({
      'GET /positions': () => (isFilled ? one : empty),
      'GET /orders': () => {
        isFilled = true;
        return empty;
      },
    });
    await expect(client.positions(unhurried)).resolves.toHaveLength(1);
    const paths = terminal?.asked.map(({ path }) => path) ?? [];
    const lists = paths.filter((path) => ['/positions', '/orders'].includes(path));
    expect(lists).toEqual(['/positions', '/orders', '/positions']);
  });

  test('is believed while somebody else has a pending order', async () => {
    const orders = { json: [{ ticket: 66, magic: 7 }] };
    const client = await clientOf({ 'GET /positions': empty, 'GET /orders': orders });
    await expect(client.positions(unhurried)).resolves.toEqual([]);
  });
});

describe('a round of reads', () => {
  /** As an account reads on every bar. */
  const round = (client: Awaited<ReturnType<typeof clientOf>>) =>
    Promise.all([
      client.account(unhurried),
      client.positions(unhurried),
      client.quote('BTCUSD', unhurried),
    ]);

  test('of a flat account costs five requests: its health is asked once', async () => {
    const clock = new SimulatedClock();
    const client = await clientOf({ 'GET /positions': empty }, { clock });
    await round(client);
    clock.advance(180_000); // By now no order of a former incarnation can turn up.
    const before = terminal?.asked.length ?? 0;
    await round(client);
    const paths = terminal?.asked.slice(before).map(({ path }) => path) ?? [];
    expect(paths.toSorted()).toEqual([
      '/account',
      '/positions',
      '/positions',
      '/symbols/BTCUSDc/tick',
      '/terminal',
    ]);
  });

  test('of an account with a position costs four', async () => {
    const clock = new SimulatedClock();
    const client = await clientOf({ 'GET /positions': one }, { clock });
    await round(client);
    clock.advance(180_000); // By now no order of a former incarnation can turn up.
    const before = terminal?.asked.length ?? 0;
    await round(client);
    expect((terminal?.asked.length ?? 0) - before).toBe(4);
  });

  test('does not take the health of an earlier round for its own', async () => {
    const healthy = { json: { connected: true, trade_allowed: true } };
    const offline = { json: { connected: false, trade_allowed: true } };
    const client = await clientOf({ 'GET /positions': empty, 'GET /terminal': [healthy, offline] });
    await client.account(unhurried);
    await expect(client.positions(unhurried)).rejects.toThrow('no connection to the broker');
  });
});

describe('the account', () => {
  test('is told in its own currency, with what it may do', async () => {
    const client = await clientOf({});
    await expect(client.account(unhurried)).resolves.toEqual({
      login: 7,
      currency: 'USD',
      currencyDigits: 2,
      leverage: 200,
      isHedging: true,
      isTradeAllowed: true,
      balance: 10_000,
      equity: 10_000,
      margin: 0,
      freeMargin: 10_000,
    });
  });

  test('may not trade when the terminal may not', async () => {
    const client = await clientOf({
      'GET /terminal': { json: { connected: true, trade_allowed: false } },
    });
    await expect(client.account(unhurried)).resolves.toMatchObject({ isTradeAllowed: false });
  });

  test('is unavailable without a connection to the broker', async () => {
    const client = await clientOf({
      'GET /terminal': { json: { connected: false, trade_allowed: true } },
    });
    await expect(client.account(unhurried)).rejects.toThrow(BrokerUnavailableError);
  });
});
