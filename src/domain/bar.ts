import type { EpochMs, Price } from './units.ts';

export type Timeframe = 'M1' | 'M5' | 'M15' | 'M30' | 'H1' | 'H4' | 'D1' | 'W1';

/** Length of one bar, in milliseconds. */
export const timeframeMs = {
  M1: 60_000,
  M5: 300_000,
  M15: 900_000,
  M30: 1_800_000,
  H1: 3_600_000,
  H4: 14_400_000,
  D1: 86_400_000,
  W1: 604_800_000,
} as const satisfies Record<Timeframe, number>;

/** One closed candle of bid prices. Symbol and timeframe are known from where it comes. */
export type Bar = {
  /** When the bar opened, UTC. */
  readonly openTime: EpochMs;
  readonly open: Price;
  readonly high: Price;
  readonly low: Price;
  readonly close: Price;
  /** Ticks on a CFD feed, traded amount on an exchange; only ratios are ever used. */
  readonly volume: number;
  /** The spread that the data states for this bar, in points; absent = the instrument's. */
  readonly spreadPoints?: number;
};

/** What a bar is known by. */
export type BarPrices = Pick<Bar, 'open' | 'high' | 'low' | 'close'>;

export function pricesOf({ open, high, low, close }: Bar): BarPrices {
  return { open, high, low, close };
}

/** The identity of a bar, carried by everything that follows from it: `BTCUSD/M15/1763992800000`. */
export type Trace = string;

export function traceOf(symbol: string, timeframe: Timeframe, openTime: EpochMs): Trace {
  return `${symbol}/${timeframe}/${openTime}`;
}
