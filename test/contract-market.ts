import type { Bar } from '../src/domain/bar.ts';
import { epochMs, price } from '../src/domain/units.ts';

export const quarterMs = 900_000;
const friday = Date.UTC(2024, 0, 5, 12);
const monday = Date.UTC(2024, 0, 8);

/**
 * M15 bars of `BTCUSD`, a cent account with 1,000,000 cents, a spread of 14.00. The history has a weekend in it. The replay
 * stands still near 50,000 for two bars, falls to 48,900, rises to 51,100 and stands still there.
 */
export const contractMarket = {
  symbol: 'BTCUSD',
  timeframe: 'M15',
  currency: 'USC',
  balance: 1_000_000,
  spreadPoints: 1_400,
  from: epochMs(monday + 32 * quarterMs),
  bars: [
    ...quietBars(friday, 40, 50_000),
    ...quietBars(monday, 34, 50_000),
    movingBar(monday + 34 * quarterMs, 50_000, 48_900),
    movingBar(monday + 35 * quarterMs, 48_900, 51_100),
    ...quietBars(monday + 36 * quarterMs, 4, 51_100),
  ],
} as const;

function quietBars(from: number, count: number, level: number): Bar[] {
  return Array.from({ length: count }, (_, index) => ({
    openTime: epochMs(from + index * quarterMs),
    open: price(level),
    high: price(level + 20 + (index % 3)),
    low: price(level - 20 - (index % 5)),
    close: price(level + (index % 2)),
    volume: 100 + index,
  }));
}

function movingBar(openTime: number, open: number, close: number): Bar {
  return {
    openTime: epochMs(openTime),
    open: price(open),
    high: price(Math.max(open, close)),
    low: price(Math.min(open, close)),
    close: price(close),
    volume: 5_000,
  };
}
