import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  barMs,
  closeTerminals,
  replayFrom,
  someBars,
  startTerminal,
  type TerminalUnderTest,
} from '../../test/fixtures/simulated-terminal.ts';

const from = replayFrom / 1_000;
const step = barMs / 1_000;

type Rate = {
  time: number;
  open: number;
  high: number;
  low: number;
  close: number;
  tick_volume: number;
};

/** 100 bars of history up to Sunday 23:45, ten played: the forming bar is number 10 after Monday 00:00. */
let terminal: TerminalUnderTest;
beforeAll(async () => {
  terminal = await startTerminal();
  await terminal.control('POST', 'advance', { step: 10 });
});
afterAll(closeTerminals);

async function rates(query: string): Promise<Rate[]> {
  return terminal.get<Rate[]>(`/symbols/BTCUSD/rates?${query}`);
}

/** Positions of the bars, counted from Monday 00:00. */
async function indices(query: string): Promise<number[]> {
  return (await rates(`timeframe=M15&${query}`)).map(({ time }) => (time - from) / step);
}

describe('rates', () => {
  test.each([
    ['the newest three', 'count=3', [8, 9, 10]],
    ['the same for a negative count', 'count=-3', [8, 9, 10]],
    ['none for a count of 0', 'count=0', []],
    ['forward from a time, itself included', `from=${from}&count=3`, [0, 1, 2]],
    ['forward from between two bars', `from=${from + 1}&count=2`, [1, 2]],
    ['backward to a time, itself included', `from=${from}&count=-3`, [-2, -1, 0]],
    ['backward to between two bars', `from=${from + 1}&count=-2`, [-1, 0]],
    ['a window, both ends included', `from=${from}&to=${from + 3 * step}`, [0, 1, 2, 3]],
    ['a window that ends in the future', `from=${from + 9 * step}&to=${from + 99 * step}`, [9, 10]],
    ['a window before all bars', 'from=1&to=2', []],
    ['a window the wrong way round', `from=${from}&to=${from - 1}`, []],
    ['from a date', 'from=2025_01_06&count=1', [0]],
    ['from a date and time', 'from=2025_01_06_00_30_00&count=1', [2]],
    ['what is left at the end', `from=${from + 9 * step}&count=50`, [9, 10]],
    ['what is left at the beginning', `from=${from - 99 * step}&count=-50`, [-100, -99]],
  ])('are %s', async (_says, query, expected) => {
    expect(await indices(query)).toEqual(expected);
  });

  test('are 100 where no count or an empty one is given, and M1 by default', async () => {
    expect(await indices('')).toHaveLength(100);
    expect(await indices('count=')).toHaveLength(100);
    expect(await rates('')).toEqual([]);
  });

  test('end with the forming bar, which knows its open and nothing else', async () => {
    const [closed, forming] = await rates('timeframe=m15&count=2');
    expect(closed).toEqual({
      time: from + 9 * step,
      open: 1_009,
      high: 1_011,
      low: 1_007,
      close: 1_010,
      tick_volume: 10.5,
      spread: 1_000,
      real_volume: 0,
    });
    expect(forming).toMatchObject({ open: 1_010, high: 1_010, low: 1_010, close: 1_010 });
  });

  test.each([
    ['timeframe=M7', /^Invalid timeframe: M7\. Use: \['M1', 'M2'/],
    [`to=${from}`, /^'to' requires 'from'$/],
    [`count=1&from=${from}&to=${from}`, /^use either 'count' or 'to', not both$/],
    ['from=yesterday', /^'from'\/'to' must be unix seconds or YYYY_MM_DD\[_HH_MM_SS\]$/],
    ['from=yesterday&count=1', /^'from' must be unix seconds/],
  ])('%s are refused in JSON', async (query, error) => {
    const answer = await terminal.send('GET', `/symbols/BTCUSD/rates?${query}`);
    expect(answer.status).toBe(400);
    expect((JSON.parse(answer.text) as { error: string }).error).toMatch(error);
  });

  test.each(['count=abc', 'count=1.5', `from=${replayFrom}&count=1`])(
    '%s raises and is answered by HTML',
    async (query) => {
      const answer = await terminal.send('GET', `/symbols/BTCUSD/rates?timeframe=M15&${query}`);
      expect(answer).toMatchObject({ status: 500, type: expect.stringMatching(/^text\/html/) });
    },
  );

  test('of higher timeframes are put together, the newest one forming too', async () => {
    const [sunday, monday] = await rates('timeframe=D1&count=2');
    expect(sunday).toMatchObject({
      time: from - 86_400,
      open: 904,
      high: 1_001,
      low: 902,
      close: 1_000,
    });
    expect(sunday?.tick_volume).toBe(96 * 10.5);
    expect(monday).toMatchObject({ time: from, open: 1_000, close: 1_010, high: 1_011, low: 998 });
    const hours = await rates(`timeframe=H1&from=${from - 3_600}&to=${from + 3_600}`);
    expect(hours.map(({ time }) => (time - from) / 3_600)).toEqual([-1, 0, 1]);
    const forward = await rates(`timeframe=H1&from=${from}&count=2`);
    expect(forward.map(({ time }) => (time - from) / 3_600)).toEqual([0, 1]);
    expect((await rates('timeframe=W1&count=1'))[0]).toMatchObject({ time: from - 86_400 });
  });

  test.each(['M5', 'M20', 'MN1'])(
    'of %s, which M15 cannot make, there are none',
    async (timeframe) => {
      expect(await rates(`timeframe=${timeframe}&count=5`)).toEqual([]);
    },
  );
});

describe('rates across a hole', () => {
  /** The market is shut from bar 4 up to bar 60: a weekend in small. */
  const isShut = (index: number) => index - 100 >= 4 && index - 100 < 60;

  test('stall forward: a page looks ahead a dozen times its length and no further', async () => {
    const bars = someBars(100, 100).filter((_bar, index) => !isShut(index));
    terminal = await startTerminal({ source: { kind: 'bars', bars, from: replayFrom } });
    await terminal.control('POST', 'advance', { step: 30 });
    expect(await indices(`from=${from + 4 * step}&count=2`)).toEqual([]);
    expect(await indices(`from=${from + 4 * step}&count=10`)).toEqual([
      60, 61, 62, 63, 64, 65, 66, 67, 68, 69,
    ]);
    expect(await indices(`from=${from + 3 * step}&to=${from + 60 * step}`)).toEqual([3, 60]);
    expect(await indices(`from=${from + 50 * step}&count=-2`)).toEqual([2, 3]);
  });
});

describe('a long history', () => {
  test('is paged by week in milliseconds each', async () => {
    terminal = await startTerminal({
      source: { kind: 'bars', bars: someBars(80_000, 10), from: replayFrom },
    });
    const weeks = 119;
    const begin = process.hrtime.bigint();
    let count = 0;
    for (let week = weeks; week > 0; week--) {
      const first = from - week * 672 * step;
      count += (await indices(`from=${first}&to=${first + 671 * step}`)).length;
    }
    const perPageMs = Number(process.hrtime.bigint() - begin) / 1e6 / weeks;
    expect(count).toBe(weeks * 672);
    expect(perPageMs).toBeLessThan(50);
  });
});
