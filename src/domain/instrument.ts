import { type Price, price, roundTo, type Steps } from './units.ts';

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

/** A price on the instrument's own grid. */
export function roundPrice({ digits }: Instrument, value: number): Price {
  return price(roundTo(value, digits));
}
