import { afterEach, describe, expect, test } from 'vitest';
import { mt5Client, unhurried } from '../../../test/mt5-client.ts';
import {
  type Asked,
  healthyTerminal,
  type Said,
  type Script,
  ScriptedTerminal,
} from '../../../test/scripted-terminal.ts';
import { epochMs } from '../../domain/units.ts';
import { BrokerProtocolError, BrokerUnavailableError } from '../broker.ts';

let terminal: ScriptedTerminal | undefined;
afterEach(() => terminal?.close());

const rates = 'GET /symbols/BTCUSDc/rates';
const quarter = 900;
const day = 86_400;
/** A Monday, in seconds. */
const monday = 1_735_516_800;

function aRate(time: number, fields: Readonly<Record<string, unknown>> = {}) {
  return {
    time,
    open: 10,
    high: 12,
    low: 9,
    close: 11,
    tick_volume: 33,
    spread: 14,
    real_volume: 0,
    ...fields,
  };
}

/** The bars of a market that is shut from Saturday to Monday, the last one forming. */
function weekdays(from: number, count: number) {
  const times: number[] = [];
  for (let time = from; times.length < count; time += quarter) {
    if (new Date(time * 1_000).getUTCDay() % 6 !== 0) times.push(time);
  }
  return times.map((time) => aRate(time));
}

/** Answers as the server does: by range with both ends included, or the last ones. */
function serving(all: readonly { readonly time: number }[]): (asked: Asked) => Said {
  return ({ path }) => {
    const query = new URLSearchParams(path.split('?')[1]);
    const count = query.get('count');
    if (count !== null) return { json: all.slice(-Number(count)) };
    const [from, to] = [Number(query.get('from')), Number(query.get('to'))];
    return { json: all.filter(({ time }) => time >= from && time <= to) };
  };
}

async function clientOf(script: Script, options: Parameters<typeof mt5Client>[1] = {}) {
  terminal = await ScriptedTerminal.start({ ...healthyTerminal, ...script });
  return mt5Client(terminal.url, options);
}

const m15 = { symbol: 'BTCUSD', timeframe: 'M15' } as const;

describe('the newest bars', () => {
  test('are closed: the last row is still forming', async () => {
    const client = await clientOf({ [rates]: serving(weekdays(monday, 10)) });
    await expect(client.recentBars({ ...m15, count: 2 }, unhurried)).resolves.toEqual([
      {
        openTime: (monday + 7 * quarter) * 1_000,
        open: 10,
        high: 12,
        low: 9,
        close: 11,
        volume: 33,
        spreadPoints: 14,
      },
      {
        openTime: (monday + 8 * quarter) * 1_000,
        open: 10,
        high: 12,
        low: 9,
        close: 11,
        volume: 33,
        spreadPoints: 14,
      },
    ]);
  });

  test('may be fewer than were asked for', async () => {
    const client = await clientOf({ [rates]: serving(weekdays(monday, 3)) });
    await expect(client.recentBars({ ...m15, count: 50 }, unhurried)).resolves.toHaveLength(2);
  });

  test('are put in order when the server tells the newest first', async () => {
    const client = await clientOf({ [rates]: { json: weekdays(monday, 4).toReversed() } });
    const bars = await client.recentBars({ ...m15, count: 3 }, unhurried);
    expect(bars.map(({ openTime }) => openTime / 1_000 - monday)).toEqual([
      0,
      quarter,
      2 * quarter,
    ]);
  });

  test('are asked for again while the terminal loads its history', async () => {
    const client = await clientOf({ [rates]: [{ json: [] }, { json: weekdays(monday, 3) }] });
    await expect(client.recentBars({ ...m15, count: 2 }, unhurried)).resolves.toHaveLength(2);
  });

  test.each([
    ['a high below the close', { high: 10.5 }],
    ['a low above the open', { low: 10.5 }],
    ['a price of zero', { close: 0 }],
    ['a price of Infinity', { high: null }],
  ])('with %s make no sense', async (_name, fields) => {
    const client = await clientOf({
      [rates]: { json: [aRate(monday, fields), aRate(monday + quarter)] },
    });
    await expect(client.recentBars({ ...m15, count: 1 }, unhurried)).rejects.toThrow(
      BrokerProtocolError,
    );
  });

  test('that overlap make no sense', async () => {
    const client = await clientOf({ [rates]: { json: [aRate(monday), aRate(monday + 60)] } });
    await expect(client.recentBars({ ...m15, count: 1 }, unhurried)).rejects.toThrow('overlap');
  });
});

describe('bars of a period', () => {
  const at = (seconds: number) => epochMs(seconds * 1_000);
  const all = weekdays(monday - 60 * day, 9_000);
  const forming = all.at(-1)?.time ?? 0;

  test('go on behind the gap of a weekend, and end before the forming bar', async () => {
    const client = await clientOf({ [rates]: serving(all) });
    const bars = await client.barsBetween(
      { ...m15, from: at(all[0]?.time ?? 0), to: at(forming) },
      unhurried,
    );
    expect(bars.map(({ openTime }) => openTime / 1_000)).toEqual(
      all.slice(0, -1).map(({ time }) => time),
    );
    expect(terminal?.askedFor(`${rates}?timeframe=M15&from`).length).toBeGreaterThan(1);
  });

  test('have both ends included', async () => {
    const client = await clientOf({ [rates]: serving(all) });
    const request = { ...m15, from: at(monday + quarter), to: at(monday + 3 * quarter) };
    const bars = await client.barsBetween(request, unhurried);
    expect(bars.map(({ openTime }) => openTime / 1_000 - monday)).toEqual([
      quarter,
      2 * quarter,
      3 * quarter,
    ]);
  });

  test('may be none, when a healthy terminal says so twice', async () => {
    const client = await clientOf({ [rates]: serving(all) });
    const request = { ...m15, from: at(monday - 90 * day), to: at(monday - 89 * day) };
    await expect(client.barsBetween(request, unhurried)).resolves.toEqual([]);
    expect(terminal?.askedFor(`${rates}?timeframe=M15&from`)).toHaveLength(2);
    expect(terminal?.askedFor('GET /terminal')).toHaveLength(1);
  });

  test('are not none because the terminal lost its broker', async () => {
    const client = await clientOf({
      [rates]: serving(all),
      'GET /terminal': { json: { connected: false, trade_allowed: true } },
    });
    const request = { ...m15, from: at(monday - 90 * day), to: at(monday - 89 * day) };
    await expect(client.barsBetween(request, unhurried)).rejects.toThrow(BrokerUnavailableError);
  });

  test('leave out an older bar that strays in', async () => {
    const answer = serving(all);
    const client = await clientOf({
      [rates]: (asked) => {
        const said = answer(asked) as { json: unknown[] };
        return asked.path.includes('from')
          ? { json: [aRate(monday - 80 * day), ...said.json] }
          : said;
      },
    });
    const request = { ...m15, from: at(monday), to: at(monday + quarter) };
    await expect(client.barsBetween(request, unhurried)).resolves.toHaveLength(2);
  });

  test('come by count from a server that knows no ranges', async () => {
    const client = await clientOf({
      [rates]: ({ path }) => ({
        json: all
          .slice(-Number(new URLSearchParams(path.split('?')[1]).get('count') ?? 100))
          .toReversed(),
      }),
    });
    const request = { ...m15, from: at(forming - 5 * day), to: at(forming) };
    const bars = await client.barsBetween(request, unhurried);
    const wanted = all.filter(({ time }) => time >= forming - 5 * day && time < forming);
    expect(bars).toHaveLength(wanted.length);
  });
});

describe('bars of a broker whose clock is not UTC', () => {
  const hour = 3_600;
  const at = (text: string) => Date.parse(text) / 1_000;

  test('open at UTC, and are asked for by the clock of the server', async () => {
    const all = [0, 1, 2, 3].map((count) => aRate(monday + 3 * hour + count * quarter));
    const client = await clientOf(
      { [rates]: serving(all) },
      { serverOffset: { ms: 3 * hour * 1_000 } },
    );
    const newest = await client.recentBars({ ...m15, count: 1 }, unhurried);
    expect(newest).toMatchObject([{ openTime: (monday + 2 * quarter) * 1_000 }]);
    const from = epochMs(monday * 1_000);
    const period = await client.barsBetween({ ...m15, from, to: from }, unhurried);
    expect(period).toMatchObject([{ openTime: monday * 1_000 }]);
    expect(terminal?.asked.at(-1)?.path).toContain(
      `from=${monday + 3 * hour}&to=${monday + 3 * hour}`,
    );
  });

  test('follow each other when its summer time begins between two of them', async () => {
    const times = [
      '2025-03-09T08:30Z',
      '2025-03-09T08:45Z',
      '2025-03-09T10:00Z',
      '2025-03-09T10:15Z',
    ];
    const client = await clientOf(
      { [rates]: { json: times.map((time) => aRate(at(time))) } },
      { serverOffset: { ms: 2 * hour * 1_000 }, daylightSaving: 'new-york' },
    );
    const bars = await client.recentBars({ ...m15, count: 3 }, unhurried);
    expect(bars.map(({ openTime }) => openTime / 1_000)).toEqual(
      ['2025-03-09T06:30Z', '2025-03-09T06:45Z', '2025-03-09T07:00Z'].map(at),
    );
  });
});
