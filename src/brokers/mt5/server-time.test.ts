import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unhurried } from '../../../test/mt5-client.ts';
import { SimulatedClock } from '../../runtime/simulated-clock.ts';
import { BrokerProtocolError, BrokerUnavailableError } from '../broker.ts';
import type { DaylightSaving } from './daylight-saving.ts';
import { type ServerOffset, ServerTime } from './server-time.ts';

const hour = 3_600_000;
const quarter = hour / 4;
const start = Date.parse('2025-06-02T10:00:00Z');

/** A market whose clock runs `offset` ahead of UTC; it has a new tick whenever time has moved, unless it is shut. */
function aMarket({ offset = 3 * hour, at = start, skew = 0 } = {}) {
  const clock = new SimulatedClock(at);
  const market = {
    clock,
    offset,
    skew,
    isOpen: true,
    asked: 0,
    shownAt: at,
    newestTick: async () => {
      market.asked += 1;
      if (market.isOpen) market.shownAt = clock.now();
      return market.shownAt + market.offset + market.skew;
    },
  };
  return market;
}

function timeOf(
  { clock, newestTick }: ReturnType<typeof aMarket>,
  offset: ServerOffset = 'measure',
  daylightSaving: DaylightSaving = 'none',
): ServerTime {
  return new ServerTime({ offset, daylightSaving, skewMaxMs: 120_000, clock, newestTick });
}

/** Waits for `ready` while the clock runs. */
async function ready(time: ServerTime, { clock }: ReturnType<typeof aMarket>): Promise<void> {
  const done = time.ready(unhurried).then(
    () => undefined,
    (error: unknown) => error as Error,
  );
  await clock.advanceAsync(20_000);
  const error = await done;
  if (error !== undefined) throw error;
}

describe("the server's clock", () => {
  test('fails with what was asked beside its measurement, and leaves no failure to nobody', async () => {
    const market = aMarket();
    const asked = Promise.reject(new BrokerUnavailableError('nobody answers'));
    const answer = timeOf(market).readyFor(asked, unhurried);
    await expect(answer).rejects.toThrow('nobody answers');
    await market.clock.advanceAsync(20_000);
  });

  test.each([
    ['UTC+3 that nobody told the server of', 3 * hour],
    ['UTC', 0],
    ['UTC-5', -5 * hour],
    ['UTC+5:45', 5 * hour + 3 * quarter],
  ])('is measured at a broker in %s', async (_name, offset) => {
    const market = aMarket({ offset });
    const time = timeOf(market);
    await ready(time, market);
    expect(time.toUtc(start + offset)).toBe(start);
    expect(time.toServer(start)).toBe(start + offset);
  });

  test('is told, for a market that has a time of its own', async () => {
    const market = aMarket();
    const time = timeOf(market, { ms: 2 * hour });
    await time.ready(unhurried);
    expect(market.asked).toBe(0);
    expect(time.toUtc(5 * hour)).toBe(3 * hour);
  });

  test('is measured by a tick that has just moved, however old the one before', async () => {
    const market = aMarket();
    market.isOpen = false;
    market.shownAt = start - 45 * 60_000;
    market.clock.after(3_000, () => {
      market.isOpen = true;
    });
    const time = timeOf(market);
    await ready(time, market);
    expect(time.toServer(start)).toBe(start + 3 * hour);
  });

  test('cannot be measured while the market is shut', async () => {
    const market = aMarket();
    market.isOpen = false;
    await expect(ready(timeOf(market), market)).rejects.toThrow(BrokerUnavailableError);
    expect(market.clock.pendingCount).toBe(0);
  });

  test('is not believed when it is minutes off: one of the two clocks is wrong', async () => {
    const market = aMarket({ skew: -5 * 60_000 });
    await expect(ready(timeOf(market), market)).rejects.toThrow(
      'the clock of the terminal is 300 s off ours, at most 120 s are allowed',
    );
    await expect(ready(timeOf(market), market)).rejects.toThrow(BrokerProtocolError);
  });

  test('is compared once a minute, not more', async () => {
    const market = aMarket();
    const time = timeOf(market);
    await ready(time, market);
    const before = market.asked;
    await ready(time, market);
    expect(market.asked).toBe(before);
    market.clock.advance(60_000);
    await ready(time, market);
    expect(market.asked).toBe(before + 1);
  });

  test('that changes while we run holds from then on, and the old one before', async () => {
    const market = aMarket({ offset: 2 * hour, at: Date.parse('2026-03-08T06:50:00Z') });
    const time = timeOf(market);
    await ready(time, market);
    const last = market.clock.now();
    market.clock.advance(30 * 60_000);
    market.offset = 3 * hour;
    await ready(time, market);
    const now = market.clock.now();
    expect(time.toUtc(now + 3 * hour)).toBe(now);
    expect(time.toUtc(last + 2 * hour)).toBe(last);
    expect(time.toServer(now)).toBe(now + 3 * hour);
    expect(time.toServer(last)).toBe(last + 2 * hour);
  });

  test('does not change because a market has closed for an hour', async () => {
    const market = aMarket();
    const time = timeOf(market);
    await ready(time, market);
    market.clock.advance(60_000);
    await ready(time, market);
    market.isOpen = false;
    market.clock.advance(hour);
    await ready(time, market);
    expect(time.toServer(start)).toBe(start + 3 * hour);
  });

  test('that follows New York is right for both halves of the year', async () => {
    const market = aMarket({ offset: 3 * hour, at: Date.parse('2025-03-10T12:00:00Z') });
    const time = timeOf(market, 'measure', 'new-york');
    await ready(time, market);
    const quarters = [-3, -2, -1, 0, 1, 2].map(
      (count) => Date.parse('2025-03-09T07:00:00Z') + count * quarter,
    );
    const shown = quarters.map((utc, index) => utc + (index < 3 ? 2 : 3) * hour);
    expect(shown.map((server) => time.toUtc(server))).toEqual(quarters);
    expect(quarters.map((utc) => time.toServer(utc))).toEqual(shown);
  });

  test('and UTC lead into each other, but for the hour that comes twice', async () => {
    const market = aMarket({ offset: 3 * hour, at: Date.parse('2025-07-01T12:00:00Z') });
    const time = timeOf(market, 'measure', 'new-york');
    await ready(time, market);
    const moment = fc.integer({ min: Date.UTC(2008, 0), max: Date.UTC(2040, 0) });
    fc.assert(
      fc.property(moment, (utc) => {
        const back = time.toUtc(time.toServer(utc));
        const isSecondOfTwo = back === utc - hour;
        expect(back === utc || isSecondOfTwo).toBe(true);
      }),
    );
  });

  test('knows the newest moment of its market', async () => {
    const market = aMarket();
    const time = timeOf(market, { ms: 0 });
    time.observe(5);
    time.observe(9);
    time.observe(7);
    await expect(time.newest(unhurried)).resolves.toBe(9);
    expect(market.asked).toBe(0);
    await expect(timeOf(market, { ms: 0 }).newest(unhurried)).resolves.toBe(start + 3 * hour);
  });
});
