import { type Instrument, lots, valuePerLot } from '../domain/instrument.ts';
import { direction } from '../domain/order.ts';
import type { Quote } from '../domain/quote.ts';
import { roundTo } from '../domain/units.ts';
import type { OpenedPosition } from './account-fact.ts';

/** How far the market went from an entry, one way: all values are 0 or more. */
export type Reach = {
  readonly price: number;
  /** What that is worth on the whole volume of the entry, in the account's currency, without costs. */
  readonly money: number;
  /** In multiples of the first stop's distance; null without a stop. */
  readonly r: number | null;
};

export type Excursion = {
  /** Against the trade, and for it. */
  readonly mae: Reach;
  readonly mfe: Reach;
  /** Prices that it is known from: the quotes in the journal while the position was open, and its closing deals. */
  readonly prices: number;
};

type Measured = Pick<OpenedPosition, 'side' | 'volume' | 'entry' | 'stopLoss'>;

/**
 * The excursion of one position, at the price that closing it would have got. It sees what the journal holds: a quote
 * at each closed bar, with a real terminal at least one a minute besides, and the closing deals. What the market did
 * between two of them is not in it.
 */
export class ExcursionMeter {
  #position: Measured;
  #worst = 0;
  #best = 0;
  #prices = 0;
  #quotedAt = Number.NEGATIVE_INFINITY;

  constructor(position: Measured) {
    this.#position = position;
  }

  /** Entry and volume are those of all of it from now on; what was measured stays. */
  grow(whole: Pick<Measured, 'volume' | 'entry'>): void {
    this.#position = { ...this.#position, ...whole };
  }

  /** A quote that was read with the position. The same one again is nothing new: a restart reads twice. */
  quoted({ bid, ask, at }: Quote): void {
    if (at <= this.#quotedAt) return;
    this.#quotedAt = at;
    this.priced(this.#position.side === 'buy' ? bid : ask);
  }

  /** The market was at a price that the position, or a part of it, could be closed at. */
  priced(price: number): void {
    const { side, entry } = this.#position;
    const gain = direction[side] * (price - entry);
    this.#worst = Math.max(this.#worst, -gain);
    this.#best = Math.max(this.#best, gain);
    this.#prices += 1;
  }

  result(instrument: Instrument | undefined, currencyDigits: number): Excursion {
    const reach = (distance: number) => this.#reach(distance, instrument, currencyDigits);
    return { mae: reach(this.#worst), mfe: reach(this.#best), prices: this.#prices };
  }

  #reach(distance: number, instrument: Instrument | undefined, currencyDigits: number): Reach {
    const { volume, entry, stopLoss } = this.#position;
    const worth = instrument ? lots(instrument, volume) * valuePerLot(instrument) : 0;
    const stopDistance = stopLoss === undefined ? 0 : Math.abs(entry - stopLoss);
    return {
      price: roundTo(distance, instrument?.digits ?? 8),
      money: roundTo(distance * worth, currencyDigits),
      r: stopDistance > 0 ? roundTo(distance / stopDistance, 6) : null,
    };
  }
}
