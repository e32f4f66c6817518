import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomBars } from '../../test/random-bars.ts';
import type { Bar } from '../domain/bar.ts';
import type { Price } from '../domain/units.ts';
import { isSettled, type LabelDefinition, labelOf } from './labels.ts';

type Range = readonly [open: number, high: number, low: number, close: number];

const definition: LabelDefinition = {
  horizonBars: 3,
  stopAtrMultiplier: 1,
  targetAtrMultiplier: 1,
  spread: 0,
};
const still: Range = [100, 101, 99, 100];
const [decided] = randomBars({ count: 1, seed: 1 }) as [Bar];

/** The bar that is decided on, then what the market did. ATR is 10: a trade at 100 ends at 90 or 110. */
function future(...ranges: readonly Range[]): Bar[] {
  const bars = ranges.map(([open, high, low, close]) => ({
    ...decided,
    ...({ open, high, low, close } as Record<'open' | 'high' | 'low' | 'close', Price>),
  }));
  return [decided, ...bars];
}

describe('a label', () => {
  test.each([
    { what: 'rises to the target of a long', bars: [still, [100, 111, 99, 105], still], is: 'buy' },
    {
      what: 'falls to the target of a short',
      bars: [still, [100, 101, 89, 95], still],
      is: 'sell',
    },
    { what: 'goes nowhere', bars: [still, still, still], is: 'hold' },
    { what: 'touches both ends in one bar', bars: [still, [100, 111, 89, 100], still], is: 'hold' },
    {
      what: 'rises first and falls then',
      bars: [[100, 111, 99, 105], [105, 106, 80, 85], still],
      is: 'buy',
    },
    {
      what: 'reaches the target in the last bar of the horizon',
      bars: [still, still, [100, 110, 99, 105]],
      is: 'buy',
    },
    {
      what: 'reaches it in the entry bar itself',
      bars: [[100, 110, 99, 105], still, still],
      is: 'buy',
    },
    { what: 'opens beyond the target', bars: [still, [115, 116, 114, 115], still], is: 'buy' },
    {
      what: 'opens beyond the stop of a long',
      bars: [still, [85, 112, 84, 90], still],
      is: 'sell',
    },
  ] as const)('of a market that $what is $is', ({ bars, is }) => {
    expect(labelOf(future(...bars), 0, 10, definition)).toBe(is);
  });

  test('sees no bar beyond the horizon', () => {
    const bars = future(still, still, still, [100, 120, 99, 119]);
    expect(labelOf(bars, 0, 10, definition)).toBe('hold');
  });

  test('pays the spread: a long enters at the ask, so its target is farther', () => {
    const bars = future(still, [100, 111, 99, 105], still);
    expect(labelOf(bars, 0, 10, { ...definition, spread: 2 })).toBe('hold');
  });

  test('pays the spread: a short leaves at the ask, so its target is farther', () => {
    const bars = future(still, [100, 101, 89, 95], still);
    expect(labelOf(bars, 0, 10, { ...definition, spread: 2 })).toBe('hold');
  });

  test('scales with ATR and its own multiples', () => {
    const bars = future(still, [100, 111, 99, 105], still);
    expect(labelOf(bars, 0, 12, definition)).toBe('hold');
    expect(labelOf(bars, 0, 12, { ...definition, targetAtrMultiplier: 0.9 })).toBe('buy');
    expect(labelOf(bars, 0, 10, { ...definition, targetAtrMultiplier: 2 })).toBe('hold');
  });

  test('is refused while its future is not known', () => {
    expect(() => labelOf(future(still, still), 0, 10, definition)).toThrow('not known');
    expect(isSettled(4, 0, definition)).toBe(true);
    expect(isSettled(3, 0, definition)).toBe(false);
  });
});

describe('labels of any market', () => {
  const anyMarket = fc.record({
    bars: fc
      .record({ count: fc.constant(80), seed: fc.integer({ min: 1, max: 1e6 }) })
      .map(randomBars),
    index: fc.integer({ min: 0, max: 80 - 49 }),
    atr: fc.double({ min: 10, max: 400, noNaN: true }),
    spread: fc.double({ min: 0, max: 30, noNaN: true }),
  });
  const real = { horizonBars: 48, stopAtrMultiplier: 1, targetAtrMultiplier: 1 };

  test('do not know what came before the decision or after the horizon', () => {
    fc.assert(
      fc.property(anyMarket, ({ bars, index, atr, spread }) => {
        const seen = bars.slice(index, index + 49);
        const other = randomBars({ count: 49, seed: 7 });
        const elsewhere = [...other.slice(0, index), ...seen, ...other];
        const label = labelOf(bars, index, atr, { ...real, spread });
        expect(labelOf(elsewhere, index, atr, { ...real, spread })).toBe(label);
      }),
    );
  });

  test('turn around with the market when trading is free', () => {
    const mirrored = { buy: 'sell', sell: 'buy', hold: 'hold' } as const;
    const turned = (bar: Bar): Bar => ({
      ...bar,
      open: (50_000 - bar.open) as Price,
      high: (50_000 - bar.low) as Price,
      low: (50_000 - bar.high) as Price,
      close: (50_000 - bar.close) as Price,
    });
    fc.assert(
      fc.property(anyMarket, ({ bars, index, atr }) => {
        const free = { ...real, spread: 0 };
        const label = labelOf(bars, index, atr, free);
        expect(labelOf(bars.map(turned), index, atr, free)).toBe(mirrored[label]);
      }),
    );
  });
});
