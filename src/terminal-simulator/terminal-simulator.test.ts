import { afterEach, describe, expect, test } from 'vitest';
import {
  anOrder,
  barMs,
  closeTerminals,
  replayFrom,
  someBars,
  startTerminal,
  terminalOptions,
  type Wire,
} from '../../test/fixtures/simulated-terminal.ts';
import { epochMs } from '../domain/units.ts';
import { ReplayRangeError } from './bar-source.ts';
import { BooksInUseError, ForeignBooksError } from './books.ts';
import { PortInUseError } from './http-server.ts';
import { startTerminalSimulator, UnknownSymbolError } from './terminal-simulator.ts';

const from = replayFrom / 1_000;
const barSeconds = barMs / 1_000;

afterEach(closeTerminals);

describe('market time', () => {
  test('stands still until it is told to advance, and steps are absolute', async () => {
    const { control, get } = await startTerminal();
    const begin = { step: 0, stepsMax: 100, lastBarTime: replayFrom - barMs, now: replayFrom };
    expect(await control('GET', 'state')).toEqual(begin);
    const third = {
      ...begin,
      step: 3,
      lastBarTime: replayFrom + 2 * barMs,
      now: replayFrom + 3 * barMs,
    };
    expect(await control('POST', 'advance', { step: 3 })).toEqual(third);
    expect(await control('POST', 'advance', { step: 3 })).toEqual(third);
    expect(await control('POST', 'advance', { step: 1 })).toEqual(third);
    expect(await get('/symbols/BTCUSD/tick')).toMatchObject({
      bid: 1_003,
      time_msc: replayFrom + 3 * barMs,
    });
  });

  test('ends with the close of the last bar', async () => {
    const { control, get } = await startTerminal();
    await control('POST', 'advance', { step: 100 });
    expect(await get('/symbols/BTCUSD/tick')).toMatchObject({
      bid: 1_100,
      time_msc: replayFrom + 100 * barMs,
    });
    const bars = await get<Wire[]>('/symbols/BTCUSD/rates?timeframe=M15&count=2');
    expect(bars).toMatchObject([
      { time: from + 99 * barSeconds, close: 1_100 },
      { time: from + 100 * barSeconds, open: 1_100, close: 1_100 },
    ]);
    await expect(control('POST', 'advance', { step: 101 })).rejects.toThrow(
      /the replay has 100 bars/,
    );
  });

  test('a replay that is cut shows the open of the bar after it', async () => {
    const source = { kind: 'bars', bars: someBars(10, 10), from: replayFrom, stepsMax: 4 } as const;
    const { control, get } = await startTerminal({ source });
    expect(await control('POST', 'advance', { step: 4 })).toMatchObject({ step: 4, stepsMax: 4 });
    expect(await get('/symbols/BTCUSD/tick')).toMatchObject({ bid: 1_004 });
  });

  test('a generator has no end', async () => {
    const { control, get } = await startTerminal({ source: { kind: 'generator', seed: 3 } });
    const state = await control<Wire>('POST', 'advance', { step: 200 });
    expect(state).not.toHaveProperty('stepsMax');
    expect(await get<Wire[]>('/symbols/BTCUSD/rates?timeframe=M15&count=300')).toHaveLength(300);
  });

  test.each([
    ['GET', 'nowhere', undefined],
    ['POST', 'advance', { step: -1 }],
    ['POST', 'advance', { step: 1.5 }],
    ['POST', 'advance', { steps: 1 }],
    ['POST', 'faults', { kind: 'earthquake' }],
  ])('%s /_sim/%s %j is refused', async (method, path, body) => {
    const { control } = await startTerminal();
    await expect(control(method, path, body)).rejects.toThrow(/^40[04]/);
  });
});

describe('starting', () => {
  test('on a port that is taken says which', async () => {
    const { simulator } = await startTerminal();
    const port = Number(new URL(simulator.url).port);
    const second = startTerminalSimulator(terminalOptions({ port }));
    await expect(second).rejects.toThrow(PortInUseError);
    await expect(startTerminalSimulator(terminalOptions({ port }))).rejects.toThrow(String(port));
  });

  test('on books that are open is refused', async () => {
    const { booksPath } = await startTerminal();
    await expect(startTerminalSimulator(terminalOptions({ booksPath }))).rejects.toThrow(
      BooksInUseError,
    );
  });

  test.each([
    ['another market', { source: { kind: 'generator', seed: 1 } as const }],
    ['another account', { account: { login: 8 } }],
    ['another deposit', { account: { balance: 5 } }],
    [
      'other bars',
      { source: { kind: 'bars', bars: someBars(100, 101), from: replayFrom } as const },
    ],
    [
      'another start',
      {
        source: {
          kind: 'bars',
          bars: someBars(100, 100),
          from: epochMs(replayFrom + barMs),
        } as const,
      },
    ],
  ])('on books of %s is refused', async (_says, overrides) => {
    const { booksPath, simulator } = await startTerminal();
    await simulator.close();
    await expect(
      startTerminalSimulator(terminalOptions({ booksPath, ...overrides })),
    ).rejects.toThrow(ForeignBooksError);
    await startTerminal({ booksPath });
  });

  test('without a bar before the replay is refused', async () => {
    const source = { kind: 'bars', bars: someBars(0, 10), from: replayFrom } as const;
    await expect(startTerminalSimulator(terminalOptions({ source }))).rejects.toThrow(
      ReplayRangeError,
    );
  });

  test('with a symbol that nobody quotes is refused', async () => {
    await expect(
      startTerminalSimulator(terminalOptions({ brokerSymbol: 'BTCUSDx' })),
    ).rejects.toThrow(UnknownSymbolError);
  });

  test('again far into a generated market shows the same history', async () => {
    const source = { kind: 'generator', seed: 4 } as const;
    const first = await startTerminal({ source });
    await first.control('POST', 'advance', { step: 70_000 });
    const rates = '/symbols/BTCUSD/rates?timeframe=M15';
    const [newest, oldest] = [`${rates}&count=3`, `${rates}&count=99999`];
    const before = [await first.get(newest), (await first.get<Wire[]>(oldest)).slice(0, 3)];
    await first.simulator.close();
    const second = await startTerminal({ source, booksPath: first.booksPath });
    expect([await second.get(newest), (await second.get<Wire[]>(oldest)).slice(0, 3)]).toEqual(
      before,
    );
    const next = { step: 70_001 };
    expect(await second.control('POST', 'advance', next)).toMatchObject(next);
  });

  test('again on the same books goes on at the same step with the same account', async () => {
    const first = await startTerminal();
    await first.send('POST', '/orders', anOrder);
    await first.send('POST', '/orders', { ...anOrder, comment: 'second' });
    await first.control('POST', 'advance', { step: 5 });
    const paths = [
      '/account',
      '/positions',
      '/symbols/BTCUSD/tick',
      '/symbols/BTCUSD/rates?timeframe=M15',
      `/history/deals?from=0&to=${from + 86_400}`,
      `/history/orders?from=0&to=${from + 86_400}`,
    ];
    const before = await Promise.all(paths.map((path) => first.get(path)));
    await first.simulator.close();
    const second = await startTerminal({ booksPath: first.booksPath });
    expect(await Promise.all(paths.map((path) => second.get(path)))).toEqual(before);
    expect(await second.control('GET', 'state')).toMatchObject({ step: 5 });
    const third = JSON.parse((await second.send('POST', '/orders', anOrder)).text) as Wire;
    expect(third).toMatchObject({ retcode: 10_009, order: 1_000_000_003 });
  });
});
