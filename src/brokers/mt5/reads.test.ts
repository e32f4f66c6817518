import { afterEach, describe, expect, test } from 'vitest';
import { mt5Client, unhurried } from '../../../test/mt5-client.ts';
import {
  aDeal,
  aPosition,
  aTick,
  healthyTerminal,
  type Said,
  ScriptedTerminal,
} from '../../../test/scripted-terminal.ts';
import { epochMs } from '../../domain/units.ts';
import { systemClock } from '../../runtime/clock.ts';
import { SimulatedClock } from '../../runtime/simulated-clock.ts';
import {
  BrokerProtocolError,
  BrokerUnavailableError,
  type Quotes,
  type Trading,
} from '../broker.ts';

let terminal: ScriptedTerminal | undefined;
afterEach(() => terminal?.close());

const symbol = 'GET /symbols/BTCUSDc';

async function clientOf(said: Said | readonly Said[]) {
  terminal = await ScriptedTerminal.start({ ...healthyTerminal, [symbol]: said });
  return mt5Client(terminal.url);
}

const mayPass: readonly (readonly [string, Said])[] = [
  ['503 not initialised', { status: 503, json: { error: 'MT5 not initialized' } }],
  ['503 queue full', { status: 503, json: { error: 'queue depth 21 exceeds max 20' } }],
  ['500 page', { status: 500, html: '<h1>Internal Server Error</h1>' }],
  ['502 page', { status: 502, html: '<h1>Bad Gateway</h1>' }],
  ['504', { status: 504, json: { error: 'mt5 call timed out: call timed out after 30s' } }],
  [
    '404 of a symbol that a terminal in trouble denies',
    { status: 404, json: { error: 'Symbol BTCUSDc not found' } },
  ],
  ['dropped connection', 'drop'],
];

const isFinal: readonly (readonly [string, Said, RegExp])[] = [
  [
    '401 page',
    { status: 401, html: '<h1>Unauthorized</h1>' },
    /401 Unauthorized; check the terminal's token/,
  ],
  [
    '404 page',
    { status: 404, html: 'no route' },
    /404 no route; check the path in the terminal's url/,
  ],
  ['400', { status: 400, json: { error: 'bad' } }, /400 bad/],
  ['redirect', { status: 301, html: 'Moved' }, /301 Moved/],
  ['page where JSON belongs', { status: 200, html: 'welcome' }, /200 welcome; JSON was expected/],
  ['field of the wrong type', { json: { digits: 'two' } }, /digits: /],
  ['null', { json: null }, /answer: /],
];

describe('a read', () => {
  test.each(mayPass)('asks again after a %s', async (_name, said) => {
    const client = await clientOf([said, said, { json: jsonOf(symbol) }]);
    await expect(client.instrument('BTCUSD', unhurried)).resolves.toMatchObject({ digits: 2 });
    expect(terminal?.askedFor(symbol)).toHaveLength(3);
  });

  test('is unavailable after four attempts, and says where and why', async () => {
    const client = await clientOf({ status: 503, json: { error: 'MT5 not initialized' } });
    const error = await client.instrument('BTCUSD', unhurried).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(BrokerUnavailableError);
    expect(error).toMatchObject({
      message: `${symbol.replace('/', `${terminal?.url}/`)}: 503 MT5 not initialized`,
    });
    expect(terminal?.askedFor(symbol)).toHaveLength(4);
  });

  test.each(isFinal)('makes no sense of a %s, and asks once', async (_name, said, message) => {
    const client = await clientOf(said);
    const error = await client.instrument('BTCUSD', unhurried).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(BrokerProtocolError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toContain('secret');
    expect(terminal?.askedFor(symbol)).toHaveLength(1);
  });

  test('that timed out is not repeated: it still stands in the queue of the server', async () => {
    const clock = new SimulatedClock();
    terminal = await ScriptedTerminal.start({
      [symbol]: () => {
        clock.advance(8_000);
        return 'silence';
      },
    });
    const client = mt5Client(terminal.url, { clock });
    await expect(client.instrument('BTCUSD', unhurried)).rejects.toThrow(BrokerUnavailableError);
    expect(terminal.asked).toHaveLength(1);
  });

  test('ends with its signal', async () => {
    const stop = new AbortController();
    terminal = await ScriptedTerminal.start({
      [symbol]: () => {
        stop.abort(new Error('the account is stopping'));
        return 'silence';
      },
    });
    const client = mt5Client(terminal.url);
    await expect(client.instrument('BTCUSD', stop.signal)).rejects.toThrow(
      /the account is stopping/,
    );
    expect(terminal.asked).toHaveLength(1);
  });

  test('of a terminal in backtest mode is refused', async () => {
    terminal = await ScriptedTerminal.start({
      ...healthyTerminal,
      'GET /ping': { json: { status: 'ok', mode: 'backtest' } },
    });
    await expect(mt5Client(terminal.url).account(unhurried)).rejects.toThrow(BrokerProtocolError);
  });
});

describe('an answer with a field that does not fit', () => {
  type Wrong = readonly [path: string, json: unknown, place: string];
  type Asking = (client: Quotes & Trading) => Promise<unknown>;
  const readsOf: Readonly<Record<string, Asking>> = {
    terminal: (client) => client.account(unhurried),
    account: (client) => client.account(unhurried),
    tick: (client) => client.quote('BTCUSD', unhurried),
    positions: (client) => client.positions(unhurried),
    deals: (client) => client.deals(epochMs(1_735_700_000_000), unhurried),
  };
  const account = (fields: object) => ({ ...jsonOf('GET /account'), ...fields });
  const wrong: readonly Wrong[] = [
    ['/terminal', { connected: true, trade_allowed: 1 }, 'trade_allowed'],
    ['/account', account({ login: -1 }), 'login'],
    ['/account', account({ currency: '' }), 'currency'],
    ['/account', account({ currency_digits: 9 }), 'currency_digits'],
    ['/account', account({ balance: null }), 'balance'],
    ['/account', account({ credit: '1' }), 'credit'],
    ['/symbols/BTCUSDc/tick', aTick({ bid: -1 }), 'bid'],
    ['/symbols/BTCUSDc/tick', aTick({ time_msc: 0.5 }), 'time_msc'],
    ['/positions', aPosition(), 'answer'],
    ['/positions', [aPosition(), null], '1'],
    ['/positions', [aPosition({ ticket: 2 ** 53 })], '0.ticket'],
    ['/positions', [aPosition(), aPosition({ type: 2 })], '1.type'],
    ['/positions', [aPosition({ volume: 0 })], '0.volume'],
    ['/positions', [aPosition({ sl: undefined })], '0.sl'],
    ['/history/deals', [aDeal({ entry: 4 })], '0.entry'],
    ['/history/deals', [aDeal({ position_id: -1 })], '0.position_id'],
    ['/history/deals', [aDeal({ comment: 7 })], '0.comment'],
  ];

  test.each(wrong)('makes no sense: %s says %j', async (path, json, place) => {
    terminal = await ScriptedTerminal.start({ ...healthyTerminal, [`GET ${path}`]: { json } });
    const asking = readsOf[path.slice(path.lastIndexOf('/') + 1)] as Asking;
    const error = await asking(mt5Client(terminal.url)).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(BrokerProtocolError);
    expect((error as Error).message).toContain(`: ${place}: `);
  });
});

describe('the clock of a terminal with several symbols', () => {
  test('is measured by the one that is trading', async () => {
    const { now } = systemClock;
    const aheadMs = 7_200_000;
    terminal = await ScriptedTerminal.start({
      ...healthyTerminal,
      'GET /symbols/EURUSD/tick': { json: aTick({ time_msc: now() - 86_400_000 }) },
      'GET /symbols/GONE/tick': { status: 401, html: '' },
      'GET /symbols/BTCUSDc/tick': () => ({ json: aTick({ time_msc: now() + aheadMs }) }),
    });
    const symbols = { GONE: 'GONE', EURUSD: 'EURUSD', BTCUSD: 'BTCUSDc' };
    const client = mt5Client(terminal.url, { symbols, serverOffset: 'measure' });
    const { at } = await client.quote('BTCUSD', unhurried);
    expect(Math.abs(at - now())).toBeLessThan(60_000);
  });
});

describe('a quote', () => {
  const tick = 'GET /symbols/BTCUSDc/tick';

  test('is never a tick of zeros', async () => {
    const zeros = { json: aTick({ bid: 0, ask: 0, time: 0, time_msc: 0 }) };
    terminal = await ScriptedTerminal.start({
      ...healthyTerminal,
      [tick]: [zeros, { json: aTick() }],
    });
    await expect(mt5Client(terminal.url).quote('BTCUSD', unhurried)).resolves.toEqual({
      bid: 100_000,
      ask: 100_014,
      at: 1_735_725_600_250,
    });
  });

  test('is unavailable while there are only zeros', async () => {
    const zeros = { json: aTick({ bid: 0, ask: 0, time: 0, time_msc: 0 }) };
    terminal = await ScriptedTerminal.start({ ...healthyTerminal, [tick]: zeros });
    await expect(mt5Client(terminal.url).quote('BTCUSD', unhurried)).rejects.toThrow(
      'BTCUSDc has no quote yet: its tick is all zeros',
    );
  });

  test('with the ask below the bid makes no sense', async () => {
    terminal = await ScriptedTerminal.start({
      ...healthyTerminal,
      [tick]: { json: aTick({ ask: 99_999 }) },
    });
    await expect(mt5Client(terminal.url).quote('BTCUSD', unhurried)).rejects.toThrow(
      BrokerProtocolError,
    );
  });
});

function jsonOf(request: string): object | undefined {
  const said = healthyTerminal[request];
  return said !== undefined && typeof said === 'object' && 'json' in said
    ? (said.json as object)
    : undefined;
}
