import { type Price, powerOfTen, price, roundTo, type Steps } from './units.ts';

/** What a broker lets one trade, in the units of this program. */
export type Instrument = {
  /** The logical name, the same at every broker: `BTCUSD`. */
  readonly symbol: string;
  /** The broker's own name: `BTCUSDc`. */
  readonly brokerSymbol: string;
  /** Decimals of a price. */
  readonly digits: number;
  /** Smallest change of a quoted price, in price units; spreads and stop levels count points. */
  readonly point: number;
  /** Price step that `tickValue` belongs to, in price units. */
  readonly tickSize: number;
  /** What one tick of one lot is worth, in the account's currency. */
  readonly tickValue: number;
  /** Units of the underlying per lot; margin only. */
  readonly contractSize: number;
  /** Lots per volume step. */
  readonly volumeStep: number;
  readonly volumeMin: Steps;
  readonly volumeMax: Steps;
  /** Nearest allowed distance of SL and TP from the price, in points. */
  readonly stopsLevelPoints: number;
  /** Distance from the price within which the broker lets nobody touch SL and TP, in points; absent = 0. */
  readonly freezeLevelPoints?: number;
  /** The usual spread, in points. */
  readonly spreadPoints: number;
  /** Entries allowed: false when the broker disabled trading or allows closing only. */
  readonly isTradable: boolean;
};

/** What a move of one price unit of one lot is worth, in the account's currency. */
export function valuePerLot({ tickValue, tickSize }: Instrument): number {
  return tickValue / tickSize;
}

/** Lots of a number of volume steps, free of the noise of `0.1 + 0.2`. */
export function lots({ volumeStep }: Instrument, volume: Steps): number {
  return roundTo(volume * volumeStep, 8);
}

/** The step of the price grid, in price units: the tick size, but never finer than the digits show. */
export function priceStep(instrument: Instrument): number {
  return hasCoarseTicks(instrument) ? instrument.tickSize : 1 / powerOfTen(instrument.digits);
}

/** The nearest price of the grid: whole ticks, in the decimals of the instrument (contract §5.5). 0 stays 0: no level. */
export function onGrid(instrument: Instrument, value: number): number {
  const { tickSize, digits } = instrument;
  if (!hasCoarseTicks(instrument)) return roundTo(value, digits);
  return roundTo(Math.round(value / tickSize) * tickSize, digits);
}

/** The nearest price of the grid that is not above the value. */
export function gridBelow(instrument: Instrument, value: number): number {
  return atTick(instrument, Math.floor(ticksIn(instrument, value) + tickNoise));
}

/** The nearest price of the grid that is not beneath the value. */
export function gridAbove(instrument: Instrument, value: number): number {
  return atTick(instrument, Math.ceil(ticksIn(instrument, value) - tickNoise));
}

/** The nearest price of the instrument's own grid: what may be ordered, and what is quoted. */
export function roundPrice(instrument: Instrument, value: number): Price {
  return price(onGrid(instrument, value));
}

/** A mean of prices, in the decimals of the instrument. It lies between ticks where its parts did not agree. */
export function meanPrice({ digits }: Instrument, value: number): Price {
  return price(roundTo(value, digits));
}

function hasCoarseTicks({ tickSize, digits }: Instrument): boolean {
  return tickSize * powerOfTen(digits) > 1 + 1e-9;
}

function ticksIn(instrument: Instrument, value: number): number {
  const { tickSize, digits } = instrument;
  return hasCoarseTicks(instrument) ? value / tickSize : value * powerOfTen(digits);
}

function atTick(instrument: Instrument, ticks: number): number {
  const { tickSize, digits } = instrument;
  if (!hasCoarseTicks(instrument)) return ticks / powerOfTen(digits);
  return roundTo(ticks * tickSize, digits);
}

const tickNoise = 1e-6; // 0.3 / 0.1 is 2.9999999999999996
