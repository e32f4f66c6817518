import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Instrument } from '../domain/instrument.ts';
import { direction, type Side } from '../domain/order.ts';
import type { Quote } from '../domain/quote.ts';
import { epochMs, price, steps } from '../domain/units.ts';
import { exitPrice, ratchetedStop } from './stop-move.ts';

const bitcoin: Instrument = {
  ...{ symbol: 'BTCUSD', brokerSymbol: 'BTCUSD', digits: 2, point: 0.01, tickSize: 0.01 },
  ...{ tickValue: 0.01, contractSize: 1, volumeStep: 0.01, volumeMin: steps(1) },
  ...{ volumeMax: steps(10_000), stopsLevelPoints: 0, spreadPoints: 500, isTradable: true },
};

function aQuote(bid: number, spread = 5): Quote {
  return { bid: price(bid), ask: price(bid + spread), at: epochMs(0) };
}

const cases: readonly {
  readonly name: string;
  readonly side?: Side;
  readonly current?: number;
  readonly wanted: number;
  readonly instrument?: Partial<Instrument>;
  readonly moveMin?: number;
  readonly stop: number | undefined;
}[] = [
  { name: 'goes nearer to the price of a buy', current: 90, wanted: 95, stop: 95 },
  { name: 'is never loosened', current: 95, wanted: 90, stop: undefined },
  { name: 'stays where it is', current: 95, wanted: 95, stop: undefined },
  { name: 'does not move by less than a point', current: 95, wanted: 95.004, stop: undefined },
  { name: 'moves by one point', current: 95, wanted: 95.01, stop: 95.01 },
  {
    name: 'waits for a step that is worth the call',
    ...{ current: 95, wanted: 95.5, moveMin: 100, stop: undefined },
  },
  { name: 'is laid where there was none', wanted: 90, stop: 90 },
  { name: 'of a sell comes down', side: 'sell', current: 115, wanted: 110, stop: 110 },
  { name: 'of a sell never goes up', side: 'sell', current: 110, wanted: 115, stop: undefined },
  {
    name: 'keeps the stops level from the bid',
    ...{ current: 90, wanted: 99.5, instrument: { stopsLevelPoints: 100 }, stop: 99 },
  },
  {
    name: 'keeps the stops level from the ask of a sell',
    ...{ side: 'sell', current: 120, wanted: 105.2, instrument: { stopsLevelPoints: 100 } },
    stop: 106,
  },
  {
    name: 'keeps the freeze level',
    ...{ current: 90, wanted: 99.5, instrument: { freezeLevelPoints: 200 }, stop: 98 },
  },
  {
    name: 'is not touched within the freeze level',
    ...{ current: 99, wanted: 99.5, instrument: { freezeLevelPoints: 200 }, stop: undefined },
  },
  { name: 'never stands beyond the price', current: 90, wanted: 130, stop: 99.99 },
  { name: 'lies on the grid, away from the price', current: 90, wanted: 95.129, stop: 95.12 },
  {
    name: 'lies on a grid of coarse ticks, away from the price',
    ...{ current: 90, wanted: 95.49, instrument: { tickSize: 0.25 }, stop: 95.25 },
  },
  {
    name: 'of a sell lies on a grid of coarse ticks, away from the price',
    ...{ side: 'sell', current: 115, wanted: 110.01, instrument: { tickSize: 0.25 } },
    stop: 110.25,
  },
  {
    name: 'does not move by less than a tick',
    ...{ current: 95.25, wanted: 95.49, instrument: { tickSize: 0.25 }, stop: undefined },
  },
  {
    name: 'of a sell lies on the grid, away from the price',
    ...{ side: 'sell', current: 115, wanted: 110.121, stop: 110.13 },
  },
];

describe('a stop that is moved', () => {
  test.each(cases)('$name', ({ side = 'buy', current, wanted, instrument, moveMin, stop }) => {
    const wish = { side, wanted, current: current === undefined ? undefined : price(current) };
    const all = { ...bitcoin, ...instrument };
    expect(ratchetedStop(wish, aQuote(100), all, moveMin)).toBe(stop);
  });

  test('only ratchets, and keeps its distance, whatever is wanted', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Side>('buy', 'sell'),
        fc.double({ min: 50, max: 150, noNaN: true }),
        fc.double({ min: 1, max: 300, noNaN: true }),
        fc.integer({ min: 0, max: 500 }),
        fc.integer({ min: 0, max: 500 }),
        (side, current, wanted, stopsLevelPoints, freezeLevelPoints) => {
          const quote = aQuote(100);
          const levels = { ...bitcoin, stopsLevelPoints, freezeLevelPoints };
          const stop = ratchetedStop({ side, current: price(current), wanted }, quote, levels);
          if (stop === undefined) return;
          expect(direction[side] * (stop - current)).toBeGreaterThan(0);
          const points = (direction[side] * (exitPrice(side, quote) - stop)) / 0.01;
          const least = Math.max(1, stopsLevelPoints, freezeLevelPoints);
          expect(points).toBeGreaterThanOrEqual(least - 1e-6);
          expect(Math.abs(stop * 100 - Math.round(stop * 100))).toBeLessThan(1e-6);
        },
      ),
    );
  });
});
