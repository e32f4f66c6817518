import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  gridAbove,
  gridBelow,
  type Instrument,
  meanPrice,
  onGrid,
  priceStep,
  roundPrice,
} from './instrument.ts';
import { roundTo, steps } from './units.ts';

function anInstrument(tickSize: number, digits: number): Instrument {
  return {
    ...{ symbol: 'US500', brokerSymbol: 'US500', digits, point: 10 ** -digits, tickSize },
    ...{ tickValue: 1, contractSize: 1, volumeStep: 0.01, volumeMin: steps(1) },
    ...{ volumeMax: steps(100), stopsLevelPoints: 0, spreadPoints: 10, isTradable: true },
  };
}

describe('the price grid', () => {
  test.each([
    // tick, digits, price, below, nearest, above
    [0.01, 2, 100.128, 100.12, 100.13, 100.13],
    [0.25, 2, 100.3, 100.25, 100.25, 100.5],
    [0.25, 2, 100.4, 100.25, 100.5, 100.5],
    [0.25, 2, 100.5, 100.5, 100.5, 100.5],
    [0.05, 2, 2.15, 2.15, 2.15, 2.15],
    [0.5, 1, 99_000.74, 99_000.5, 99_000.5, 99_001],
    [5, 0, 99_003, 99_000, 99_005, 99_005],
    [0.000_05, 5, 1.234_57, 1.234_55, 1.234_55, 1.2346],
    [0.001, 2, 100.128, 100.12, 100.13, 100.13], // finer than the digits show
  ])('of ticks of %s in %s decimals', (tickSize, digits, value, below, nearest, above) => {
    const instrument = anInstrument(tickSize, digits);
    expect(gridBelow(instrument, value)).toBe(below);
    expect(roundPrice(instrument, value)).toBe(nearest);
    expect(gridAbove(instrument, value)).toBe(above);
  });

  const prices = fc.integer({ min: 10_000, max: 100_000_000 }).map((value) => value / 997);
  const grids = fc
    .constantFrom([0.01, 2], [0.25, 2], [0.05, 3], [0.5, 1], [5, 0], [0.00001, 5], [0.000_05, 5])
    .map(([tickSize = 1, digits = 0]) => anInstrument(tickSize, digits));

  test('lies around every price within a step, and what is on it stays', () => {
    fc.assert(
      fc.property(grids, prices, (instrument, value) => {
        const [below, above] = [gridBelow(instrument, value), gridAbove(instrument, value)];
        const noise = priceStep(instrument) * 1e-5;
        expect(below).toBeLessThanOrEqual(value + noise);
        expect(above).toBeGreaterThanOrEqual(value - noise);
        expect(above - below).toBeLessThanOrEqual(priceStep(instrument) + noise);
        for (const price of [below, above, onGrid(instrument, value)]) {
          expect(onGrid(instrument, price)).toBe(price);
          expect(gridBelow(instrument, price)).toBe(price);
          expect(gridAbove(instrument, price)).toBe(price);
        }
      }),
    );
  });

  test('of ticks as fine as the digits is that of the decimals', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5 }), prices, (digits, value) => {
        const instrument = anInstrument(Number(`1e-${digits}`), digits);
        expect(onGrid(instrument, value)).toBe(roundTo(value, digits));
      }),
    );
  });

  test('is not the grid of a mean, nor of a level that is absent', () => {
    const coarse = anInstrument(0.25, 2);
    expect(meanPrice(coarse, 100.125)).toBe(100.13);
    expect(onGrid(coarse, 0)).toBe(0);
  });
});
