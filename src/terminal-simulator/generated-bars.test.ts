import { describe, expect, test } from 'vitest';
import type { Bar } from '../domain/bar.ts';
import {
  barStream,
  generatedBars,
  generatedFrom,
  generatedOrigin,
  UnknownMarketError,
} from './generated-bars.ts';

const barMs = 900_000;

function bars(count: number, seed = 1, spreadPoints = 1_400): Bar[] {
  const stream = barStream({ symbol: 'BTCUSD', seed, spreadPoints });
  return Array.from({ length: count }, stream.next);
}

const year = bars(35_040);

describe('a generated market', () => {
  test('is the same for the same symbol and seed, and another for another seed', () => {
    expect(bars(500)).toEqual(year.slice(0, 500));
    expect(bars(500, 2).map(({ close }) => close)).not.toEqual(bars(500).map(({ close }) => close));
  });

  test('is the same market whatever the broker charges: only the spread differs', () => {
    const prices = (each: Bar) => [each.open, each.high, each.low, each.close, each.volume];
    const dear = bars(500, 1, 2_800);
    expect(dear.map(prices)).toEqual(year.slice(0, 500).map(prices));
    for (const [index, { spreadPoints = 0 }] of dear.entries()) {
      expect(Math.abs(spreadPoints - 2 * (year[index]?.spreadPoints ?? 0))).toBeLessThanOrEqual(1);
    }
  });

  test('begins on a Monday and has 61 weeks of history', () => {
    expect(new Date(generatedOrigin).toUTCString()).toBe('Mon, 30 Oct 2023 00:00:00 GMT');
    expect(generatedFrom - generatedOrigin).toBe(61 * 7 * 86_400_000);
    const source = generatedBars({ symbol: 'BTCUSD', seed: 1, spreadPoints: 1_400 });
    expect(source.barAt(0)?.openTime).toBe(generatedOrigin);
    expect(source.barAt(source.indexFrom)?.openTime).toBe(generatedFrom);
    expect(source.indexFrom).toBeGreaterThanOrEqual(40_320);
  });

  test('has whole bars: on the grid of time and ticks, consistent, never flat', () => {
    const broken = year.filter(
      ({ openTime, open, high, low, close, volume, spreadPoints }, index) => {
        const isOnGrid = [open, high, low, close].every(
          (price) => price === Number(price.toFixed(2)),
        );
        const isConsistent = low <= Math.min(open, close) && high >= Math.max(open, close);
        return !(
          openTime === generatedOrigin + index * barMs &&
          isOnGrid &&
          isConsistent &&
          high > low &&
          open !== close &&
          volume > 0 &&
          Number.isSafeInteger(spreadPoints) &&
          (spreadPoints ?? 0) > 0
        );
      },
    );
    expect(broken).toEqual([]);
  });

  test.each([1, 2, 3])('with seed %i stays where BTCUSD was in 2024, for five years', (seed) => {
    const { next } = barStream({ symbol: 'BTCUSD', seed, spreadPoints: 1_400 });
    let low = Number.POSITIVE_INFINITY;
    let high = 0;
    for (let count = 0; count < 5 * 35_040; count++) {
      const bar = next();
      low = Math.min(low, bar.low);
      high = Math.max(high, bar.high);
    }
    expect(low).toBeGreaterThan(30_000);
    expect(high).toBeLessThan(120_000);
    expect(high / low).toBeGreaterThan(1.4);
  });

  test('moves like it: ATR(14) around a third of a per cent of the price', () => {
    const trueRanges = year.slice(1).map(({ high, low }, index) => {
      const { close } = year[index] as Bar;
      return (Math.max(high, close) - Math.min(low, close)) / close;
    });
    const atr = trueRanges.slice(13).map((_, index) => mean(trueRanges.slice(index, index + 14)));
    atr.sort((a, b) => a - b);
    expect(atr[Math.floor(atr.length / 2)]).toBeGreaterThan(0.002);
    expect(atr[Math.floor(atr.length / 2)]).toBeLessThan(0.005);
  });

  const returns = year
    .slice(1)
    .map(({ close }, index) => Math.log(close / (year[index] as Bar).close));

  test('has calm and wild times: volatility clusters, returns do not', () => {
    const sizes = returns.map(Math.abs);
    expect(autocorrelation(sizes, 1)).toBeGreaterThan(0.2);
    expect(autocorrelation(sizes, 96)).toBeGreaterThan(0.05);
    expect(Math.abs(autocorrelation(returns, 1))).toBeLessThan(0.03);
  });

  test('has fat tails', () => {
    const variance = mean(returns.map((each) => each ** 2));
    const kurtosis = mean(returns.map((each) => each ** 4)) / variance ** 2;
    expect(kurtosis).toBeGreaterThan(6);
  });

  test('has sessions: New York mornings are wild, Asian mornings and Sundays calm', () => {
    const size = (isIn: (at: Date) => boolean) =>
      mean(
        returns
          .filter((_, index) => isIn(new Date((year[index + 1] as Bar).openTime)))
          .map(Math.abs),
      );
    expect(size((at) => at.getUTCHours() === 14)).toBeGreaterThan(
      1.5 * size((at) => at.getUTCHours() === 5),
    );
    expect(size((at) => at.getUTCDay() === 2)).toBeGreaterThan(
      1.3 * size((at) => at.getUTCDay() === 0),
    );
  });

  test('has spread and volume that follow the range of the bar', () => {
    const ranges = year.map(({ high, low, close }) => Math.log((high - low) / close));
    expect(
      correlation(
        ranges,
        year.map(({ volume }) => Math.log(volume)),
      ),
    ).toBeGreaterThan(0.7);
    expect(
      correlation(
        ranges,
        year.map(({ spreadPoints = 1 }) => Math.log(spreadPoints)),
      ),
    ).toBeGreaterThan(0.4);
  });

  test('keeps as many bars as a terminal and no more, however long it runs', () => {
    const source = generatedBars({ symbol: 'BTCUSD', seed: 1, spreadPoints: 1_400 });
    const far = 250_000;
    expect(source.barAt(far)?.openTime).toBe(generatedOrigin + far * barMs);
    expect(source.barAt(0)).toBeUndefined();
    expect(far - source.oldestIndex()).toBeLessThanOrEqual(100_000);
    expect(source.barAt(source.oldestIndex())?.openTime).toBe(
      generatedOrigin + source.oldestIndex() * barMs,
    );
  });

  test('goes on from a mark as if its past had been gone through', () => {
    const options = { symbol: 'BTCUSD', seed: 9, spreadPoints: 1_400 };
    const [whole, resumed] = [generatedBars(options), generatedBars(options)];
    const far = 150_000;
    whole.barAt(far);
    const marks = whole.newMarks();
    expect(whole.newMarks()).toEqual([]);
    const mark = marks.filter(({ index }) => index <= resumed.markNeeded(far)).at(-1);
    expect(mark?.index).toBe(50_000);
    if (mark !== undefined) resumed.resume(mark);
    for (let index = far - 99_999; index <= far; index += 977) {
      expect(resumed.barAt(index)).toEqual(whole.barAt(index));
    }
    expect(resumed.barAt(far)).toEqual(whole.barAt(far));
    expect(resumed.oldestIndex()).toBe(whole.oldestIndex());
  });

  test('of a symbol that is not modelled is refused', () => {
    expect(() => generatedBars({ symbol: 'XAUUSD', seed: 1, spreadPoints: 12 })).toThrow(
      UnknownMarketError,
    );
  });
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  const products = a.map((value, index) => (value - meanA) * ((b[index] ?? 0) - meanB));
  const deviation = (values: readonly number[], center: number) =>
    Math.sqrt(mean(values.map((value) => (value - center) ** 2)));
  return mean(products) / (deviation(a, meanA) * deviation(b, meanB));
}

function autocorrelation(values: readonly number[], lag: number): number {
  return correlation(values.slice(lag), values.slice(0, -lag));
}
