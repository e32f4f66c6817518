/**
 * The checklist of the terminal's HTTP contract, line by line, over HTTP: our adapter on one side, the simulator on the
 * other.
 *
 *   201/10009 .......................... "201 with 10009 is done"
 *   200/10006 .......................... "200 with 10006 is a refusal"
 *   200/10010 with smaller volume ...... "200 with 10010 is done in part"
 *   500 after a partial close † ........ "500 after a part was closed tells the part"
 *   504, position appears after 20 s ... "504 is unknown, and the position is found when it appears"
 *   504 and nothing ever appears ....... "504 stays unknown while nothing appears"
 *   socket dropped mid-POST ............ "a connection that breaks is unknown, executed or not"
 *   503 queue full, not initialised .... "503 was not sent: …"
 *   HTML 401/500/502 ................... "a page of … is no answer of the terminal"
 *   [] with connected:false ............ "an empty list without a connection is not believed"
 *   null terminal ...................... "a terminal that is null is not healthy"
 *   Infinity in body ................... "Infinity is read as no number"
 *   /rates last bar forming ............ "the forming bar is left out"
 *   offset 0 with broker UTC+3 ......... "a broker at UTC+3 behind a server that knows no offset"
 *   DST switch between two bars ........ "summer time that begins between two bars"
 *   forward paging hole ................ "a hole over a weekend does not end the history"
 *   tick of zeros ...................... "a tick of zeros is asked for again"
 *   DELETE 404, SL hit first † ......... "a close that the stop was quicker than is done"
 *   PUT "No changes" † ................. "stops that stand already are done"
 *   path prefix ........................ "a path prefix stands before every path"
 *   symbol with # ...................... "a symbol with # is asked for"
 *   gzip body .......................... "a gzip body is read"
 *   NOVOSKY-shaped POST answer ......... "an answer that is a position is a fill"
 *   {"retcode","message"} errors ....... "a refusal as retcode and message is a refusal"
 *   idle socket closed before a POST ... "a connection that the server closed before it costs no order"
 *
 * † in contract-closes.test.ts, with what the contract says of closes in doubt and of refusals.
 */
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import type { Bar } from '../src/domain/bar.ts';
import { type EpochMs, epochMs } from '../src/domain/units.ts';
import {
  closeStage,
  countOf,
  HeldClock,
  opened,
  order,
  ordered,
  overheard,
  placing,
  stage,
  volumesOf,
} from './contract-stage.ts';
import { barMs, replayFrom, someBars } from './fixtures/simulated-terminal.ts';
import { unhurried } from './mt5-client.ts';

const m15 = { symbol: 'BTCUSD', timeframe: 'M15' } as const;

afterEach(closeStage);

/** The bars of the fixture, moved to where they are wanted. */
function barsAround(at: EpochMs): Bar[] {
  return someBars(100, 100).map((bar) => ({
    ...bar,
    openTime: epochMs(bar.openTime - replayFrom + at),
  }));
}

describe('the checklist: orders', () => {
  test('201 with 10009 is done', async () => {
    const { outcome, open } = await ordered();
    expect(outcome).toMatchObject({ outcome: 'done', fill: { volume: 30, price: 1_010 } });
    expect(open).toBe(1);
  });

  test('200 with 10006 is a refusal', async () => {
    const { outcome, open } = await ordered({ kind: 'reject', retcode: 10_006, ...placing });
    expect(outcome).toMatchObject({ outcome: 'rejected', code: 10_006 });
    expect(open).toBe(0);
  });

  test('200 with 10010 is done in part', async () => {
    const { outcome, client } = await ordered({ kind: 'partial', share: 0.4, ...placing });
    expect(outcome).toMatchObject({ outcome: 'partial', fill: { volume: 12 } });
    expect(await volumesOf(client)).toEqual([12]);
  });

  test('504 is unknown, and the position is found when it appears', async () => {
    const clock = new HeldClock();
    const { terminal, client } = await stage({ clock });
    const fault = { kind: 'gateway-timeout', executes: true, executeAfterMs: 20_000 } as const;
    await terminal.inject({ ...fault, ...placing });
    await expect(client.submit(order, unhurried)).resolves.toMatchObject({ outcome: 'unknown' });
    expect(await client.positions(unhurried)).toEqual([]);
    clock.release();
    expect(await client.positions(unhurried)).toMatchObject([{ comment: order.id, volume: 30 }]);
    const deals = await client.deals(epochMs(0), unhurried);
    expect(deals).toMatchObject([{ kind: 'balance' }, { entry: 'in', comment: order.id }]);
  });

  test('504 stays unknown while nothing appears', async () => {
    const fault = { kind: 'gateway-timeout', executes: false, ...placing } as const;
    const { outcome, open, client } = await ordered(fault);
    expect(outcome).toMatchObject({ outcome: 'unknown' });
    expect(open).toBe(0);
    expect(await client.deals(epochMs(0), unhurried)).toHaveLength(1);
    expect(client.absenceProof).toEqual({ sinceCallMs: 180_000, emptyForMs: 90_000 });
  });

  test.each([true, false])(
    'a connection that breaks is unknown, executed or not: %s',
    async (executes) => {
      const { outcome, open } = await ordered({ kind: 'drop-socket', executes, ...placing });
      expect(outcome).toMatchObject({ outcome: 'unknown' });
      expect(open).toBe(executes ? 1 : 0);
    },
  );

  test.each(['queue depth 21 exceeds max 20', 'MT5 not initialized'] as const)(
    '503 was not sent: %s',
    async (error) => {
      const { outcome, open } = await ordered({ kind: 'unavailable', error, ...placing });
      expect(outcome).toEqual({ outcome: 'not-sent', reason: `503 ${error}` });
      expect(open).toBe(0);
    },
  );

  test.each([
    [401, false, 'not-sent'],
    [500, true, 'unknown'],
    [500, false, 'unknown'],
    [502, true, 'unknown'],
  ] as const)(
    'a page of %i is no answer of the terminal (executed: %s): %s',
    async (status, executes, expected) => {
      const { outcome } = await ordered({ kind: 'html-error', status, executes, ...placing });
      expect(outcome).toMatchObject({ outcome: expected });
    },
  );

  test('an answer that is a position is a fill', async () => {
    const { outcome, client } = await ordered({ kind: 'novosky-answer', ...placing });
    const [position] = await client.positions(unhurried);
    const { ticket } = position ?? { ticket: 0 };
    expect(outcome).toMatchObject({ outcome: 'done', fill: { ticket, volume: 30, price: 1_010 } });
  });

  test('a refusal as retcode and message is a refusal', async () => {
    const refusal = { kind: 'reject', retcode: 10_014, dialect: 'novosky', ...placing } as const;
    const { outcome, open } = await ordered(refusal);
    expect(outcome).toMatchObject({ outcome: 'rejected', code: 10_014, refusal: 'request' });
    expect(open).toBe(0);
  });

  test('a connection that the server closed before it costs no order', async () => {
    const { terminal, client } = await stage();
    await client.account(unhurried);
    await terminal.inject({ kind: 'restart', downMs: 0 });
    await client.quote('BTCUSD', unhurried); // by then the close has come to us, too
    await expect(client.submit(order, unhurried)).resolves.toMatchObject({ outcome: 'done' });
    expect(await countOf(terminal)).toBe(1);
  });
});

describe('the checklist: reads', () => {
  test('an empty list without a connection is not believed', async () => {
    const { terminal, client } = await opened();
    await terminal.inject({ kind: 'empty-list', path: '/positions', count: 99 });
    await terminal.inject({ kind: 'disconnected', count: 99 });
    await expect(client.positions(unhurried)).rejects.toThrow('no connection to the broker');
  });

  test('a terminal that is null is not healthy', async () => {
    const { terminal, client } = await stage();
    await terminal.inject({ kind: 'null-terminal', count: 99 });
    await expect(client.account(unhurried)).rejects.toThrow('does not answer its server');
    await expect(client.positions(unhurried)).rejects.toThrow('does not answer its server');
  });

  test('Infinity is read as no number', async () => {
    const { terminal, client } = await stage();
    await terminal.inject({ kind: 'infinity', field: 'margin_level', path: '/account' });
    await expect(client.account(unhurried)).resolves.toMatchObject({ balance: 10_000 });
    await terminal.inject({ kind: 'infinity', field: 'balance', path: '/account' });
    await expect(client.account(unhurried)).rejects.toThrow(/balance/);
  });

  test('the forming bar is left out', async () => {
    const { client } = await stage();
    const [newest] = await client.recentBars({ ...m15, count: 1 }, unhurried);
    expect(newest?.openTime).toBe(replayFrom - barMs);
  });

  test('a broker at UTC+3 behind a server that knows no offset', async () => {
    const hours3 = 3 * 3_600_000;
    const { client } = await stage({ utcOffsetMs: hours3 }, { serverOffset: { ms: hours3 } });
    await expect(client.quote('BTCUSD', unhurried)).resolves.toMatchObject({ at: replayFrom });
    const [newest] = await client.recentBars({ ...m15, count: 1 }, unhurried);
    expect(newest?.openTime).toBe(replayFrom - barMs);
    await client.submit(order, unhurried);
    expect(await client.positions(unhurried)).toMatchObject([{ openedAt: replayFrom }]);
    expect(await client.deals(replayFrom, unhurried)).toHaveLength(2);
    expect(await client.deals(epochMs(replayFrom + 1), unhurried)).toEqual([]);
  });

  test('summer time that begins between two bars', async () => {
    const springs = epochMs(Date.parse('2025-03-09T07:00Z'));
    const source = { kind: 'bars', bars: barsAround(springs), from: springs } as const;
    const { terminal, client } = await stage(
      { source, utcOffsetMs: 7_200_000, summerTimeFrom: springs },
      { serverOffset: { ms: 7_200_000 }, daylightSaving: 'new-york' },
    );
    await terminal.control('POST', 'advance', { step: 3 });
    const bars = await client.recentBars({ ...m15, count: 5 }, unhurried);
    const utc = [-2, -1, 0, 1, 2].map((index) => springs + index * barMs);
    expect(bars.map(({ openTime }) => openTime)).toEqual(utc);
    await expect(client.quote('BTCUSD', unhurried)).resolves.toMatchObject({
      at: springs + 3 * barMs,
    });
  });

  test('a hole over a weekend does not end the history', async () => {
    const shutFrom = 104;
    const shutTo = 160;
    const bars = someBars(100, 100).filter((_, index) => index < shutFrom || index >= shutTo);
    const source = { kind: 'bars', bars, from: replayFrom } as const;
    const { terminal, client } = await stage({ source });
    await terminal.control('POST', 'advance', { step: 10 });
    const period = {
      ...m15,
      from: replayFrom,
      to: epochMs(replayFrom + 65 * barMs),
    };
    const opens = (await client.barsBetween(period, unhurried)).map(({ openTime }) => openTime);
    const indices = [0, 1, 2, 3, 60, 61, 62, 63, 64, 65];
    expect(opens).toEqual(indices.map((index) => replayFrom + index * barMs));
  });

  test('a tick of zeros is asked for again', async () => {
    const { terminal, client } = await stage();
    await terminal.inject({ kind: 'zero-tick' });
    await expect(client.quote('BTCUSD', unhurried)).resolves.toMatchObject({ bid: 1_000 });
  });

  test('a path prefix stands before every path', async () => {
    const { client } = await stage({ pathPrefix: '/exness/12345' });
    await expect(client.submit(order, unhurried)).resolves.toMatchObject({ outcome: 'done' });
    expect(await volumesOf(client)).toEqual([30]);
  });

  test('a symbol with # is asked for', async () => {
    const { client } = await stage({ brokerSymbol: 'BTCUSD#' }, { symbols: { BTCUSD: 'BTCUSD#' } });
    await expect(client.quote('BTCUSD', unhurried)).resolves.toMatchObject({ bid: 1_000 });
    await expect(client.recentBars({ ...m15, count: 2 }, unhurried)).resolves.toHaveLength(2);
    await expect(client.submit(order, unhurried)).resolves.toMatchObject({ outcome: 'done' });
    expect(await volumesOf(client)).toEqual([30]);
  });

  test('a gzip body is read', async () => {
    const { client, answers } = await overheard();
    const bars = await client.recentBars({ ...m15, count: 90 }, unhurried);
    const [zipped, ...others] = answers().filter(({ head }) =>
      /content-encoding: gzip/i.test(head),
    );
    expect(others).toEqual([]);
    const rates = JSON.parse(gunzipSync(zipped?.body ?? '').toString()) as { time: number }[];
    expect(rates.map(({ time }) => time * 1_000)).toEqual(
      expect.arrayContaining(bars.map(({ openTime }) => openTime)),
    );
    expect(bars).toHaveLength(90);
  });
});
