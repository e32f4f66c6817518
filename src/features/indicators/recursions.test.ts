/** The recursive averages against their textbook definitions, written down once more over whole series. */
import { describe, expect, test } from 'vitest';
import { generatedBars } from '../../../test/generated-bars.ts';
import { Atr } from './atr.ts';
import { Dmi } from './dmi.ts';
import { Ema } from './ema.ts';
import { Macd } from './macd.ts';
import { Rsi } from './rsi.ts';

const bars = generatedBars({ seed: 7, count: 600 });
const closes = bars.map(({ close }) => close as number);
const flat = Array.from({ length: 100 }, () => 1.1);

const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;

describe('an EMA', () => {
  test('starts as the mean of its first period and then forgets by 2/(period + 1)', () => {
    const ema = new Ema(20);
    let expected = mean(closes.slice(0, 20));
    for (const [index, x] of closes.entries()) {
      ema.update(x);
      expect(ema.isReady).toBe(index >= 19);
      if (index > 19) expected = (2 / 21) * x + (1 - 2 / 21) * expected;
      if (index >= 19) expect(ema.value).toBeCloseTo(expected, 8);
    }
  });
});

describe('an RSI', () => {
  test('is the share of rises, smoothed by Wilder', () => {
    const rsi = new Rsi();
    const changes = closes.slice(1).map((close, index) => close - (closes[index] as number));
    const rises = changes.map((change) => Math.max(change, 0));
    const falls = changes.map((change) => Math.max(-change, 0));
    let gain = mean(rises.slice(0, 14));
    let loss = mean(falls.slice(0, 14));
    for (const [index, x] of closes.entries()) {
      rsi.update(x);
      expect(rsi.isReady).toBe(index >= 14);
      if (index > 14) gain += ((rises[index - 1] as number) - gain) / 14;
      if (index > 14) loss += ((falls[index - 1] as number) - loss) / 14;
      if (index >= 14) expect(rsi.value).toBeCloseTo((100 * gain) / (gain + loss), 8);
    }
  });

  test.each([
    ['a market that does not move', flat, 50],
    ['one that only rises', flat.map((x, i) => x + i), 100],
    ['one that only falls', flat.map((x, i) => x + 1_000 - i), 0],
  ])('of %s', (_, values, expected) => {
    const rsi = new Rsi();
    for (const x of values) rsi.update(x);
    expect(rsi.value).toBe(expected);
  });
});

describe('an ATR', () => {
  test('is the true range, smoothed by Wilder; the first bar has none', () => {
    const atr = new Atr();
    const ranges = bars.slice(1).map(({ high, low }, index) => {
      const before = closes[index] as number;
      return Math.max(high, before) - Math.min(low, before);
    });
    let expected = mean(ranges.slice(0, 14));
    for (const [index, bar] of bars.entries()) {
      atr.update(bar);
      expect(atr.isReady).toBe(index >= 14);
      if (index > 0) expect(atr.trueRange).toBeCloseTo(ranges[index - 1] as number, 9);
      if (index > 14) expected += ((ranges[index - 1] as number) - expected) / 14;
      if (index >= 14) expect(atr.value).toBeCloseTo(expected, 8);
    }
  });
});

describe('directional movement', () => {
  function dmiOf(series: typeof bars): Dmi {
    const atr = new Atr();
    const dmi = new Dmi();
    for (const bar of series) {
      atr.update(bar);
      dmi.update(bar, atr.trueRange);
    }
    return dmi;
  }

  const risingBy = (step: number) =>
    flat.map((_, i) => ({
      ...(bars[i] as (typeof bars)[number]),
      open: (1_000 + i * step) as never,
      close: (1_000 + i * step) as never,
      high: (1_001 + i * step) as never,
      low: (999 + i * step) as never,
    }));

  test('points one way in a market that goes one way', () => {
    const up = dmiOf(risingBy(5));
    expect(up.minus).toBe(0);
    expect(up.plus).toBeGreaterThan(80);
    expect(up.adx).toBeCloseTo(100, 10);
    const down = dmiOf(risingBy(-5));
    expect(down.plus).toBe(0);
    expect(down.adx).toBeCloseTo(100, 10);
  });

  test('is nothing in a market that does not move', () => {
    const still = dmiOf(risingBy(0).map((bar) => ({ ...bar, high: bar.close, low: bar.close })));
    expect([still.plus, still.minus, still.adx]).toEqual([0, 0, 0]);
  });

  test('counts a bar that reaches as far up as down for neither side', () => {
    const widening = risingBy(0).map((bar, i) => ({
      ...bar,
      high: (1_001 + i) as never,
      low: (999 - i) as never,
    }));
    const { plus, minus, adx } = dmiOf(widening);
    expect([plus, minus, adx]).toEqual([0, 0, 0]);
  });
});

describe('a MACD', () => {
  /** An EMA over a whole series, from a seed that stands at `index`. */
  function emaFrom(
    values: readonly number[],
    index: number,
    period: number,
    seed: number,
  ): number[] {
    const out = values.map(() => Number.NaN);
    out[index] = seed;
    for (let i = index + 1; i < values.length; i++) {
      const before = out[i - 1] as number;
      out[i] = before + ((values[i] as number) - before) * (2 / (period + 1));
    }
    return out;
  }

  test('starts both averages together, the fast one on the 12 values before', () => {
    const fast = emaFrom(closes, 25, 12, mean(closes.slice(14, 26)));
    const slow = emaFrom(closes, 25, 26, mean(closes.slice(0, 26)));
    const lines = fast.map((x, i) => x - (slow[i] as number));
    const signals = emaFrom(lines, 33, 9, mean(lines.slice(25, 34)));
    const macd = new Macd();
    for (const [index, x] of closes.entries()) {
      macd.update(x);
      expect(macd.isReady).toBe(index >= 33);
      if (index < 33) continue;
      expect(macd.line).toBeCloseTo(lines[index] as number, 8);
      expect(macd.signal).toBeCloseTo(signals[index] as number, 8);
    }
  });
});
