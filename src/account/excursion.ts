import { type Instrument, lots, valuePerLot } from '../domain/instrument.ts';
import { direction } from '../domain/order.ts';
import type { Quote } from '../domain/quote.ts';
import { type EpochMs, type Price, roundTo } from '../domain/units.ts';
import { exitPrice } from '../strategy/stop-move.ts';
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
  /**
   * Prices that it is known from: the quotes in the journal while the position was open, the low and the high of each
   * bar that it lived through, and its closing deals.
   */
  readonly prices: number;
};

/** The quotes at the low and at the high of a closed bar. */
export type BarExtremes = {
  readonly symbol: string;
  readonly openTime: EpochMs;
  readonly closeTime: EpochMs;
  readonly low: Quote;
  readonly high: Quote;
};

type Measured = Pick<
  OpenedPosition,
  'symbol' | 'side' | 'volume' | 'entry' | 'stopLoss' | 'openedAt'
>;
type Gains = { readonly closeTime: EpochMs; readonly atLow: number; readonly atHigh: number };

/**
 * The excursion of one position, at the price that closing it would have got. It sees what the journal holds: the whole
 * range of every decided bar that the position lived through, a quote at each closed bar, with a real terminal at least
 * one a minute besides, and the closing deals. Of the bars in which it opened and closed nobody knows which part of the
 * range was its own: they count with their quotes and its deals alone, and so does a bar that was never decided, or was
 * written down by a program that did not keep it. Bars are those that the models are fed: where they come from another
 * broker, its extremes stand for what the account's own quoted.
 */
export class ExcursionMeter {
  #position: Measured;
  #worst = 0;
  #best = 0;
  #prices = 0;
  #quotedAt = Number.NEGATIVE_INFINITY;
  #closedAt = Number.POSITIVE_INFINITY;
  #isListed = true;
  /** By open time. A close may be told after bars that it came before: which of them count is known at the end. */
  readonly #bars = new Map<EpochMs, Gains>();

  constructor(position: Measured) {
    this.#position = position;
  }

  /** Entry and volume are those of all of it from now on; what was measured stays. */
  grow(whole: Pick<Measured, 'volume' | 'entry'>): void {
    this.#position = { ...this.#position, ...whole };
  }

  /** A quote that was read with the position. The same one again is nothing new: a restart reads twice. */
  quoted(quote: Quote): void {
    this.#isListed = true;
    if (quote.at <= this.#quotedAt) return;
    this.#quotedAt = quote.at;
    this.priced(exitPrice(this.#position.side, quote));
  }

  /** A closed bar, of whichever symbol and time: it counts where the position lived through all of it, and once. */
  lived({ symbol, openTime, closeTime, low, high }: BarExtremes): void {
    const { side, openedAt, symbol: own } = this.#position;
    if (symbol !== own || openTime < openedAt || closeTime > this.#closedAt) return;
    if (this.#bars.has(openTime)) return;
    const gainAt = (quote: Quote) => this.#gainAt(exitPrice(side, quote));
    this.#bars.set(openTime, { closeTime, atLow: gainAt(low), atHigh: gainAt(high) });
  }

  /** The broker does not list it any more, and no deal says since when: it lived until it was seen last. */
  missed(): void {
    this.#isListed = false;
  }

  /** Whether no bar that opens at `openTime` or later can be its own. */
  isOverBy(openTime: EpochMs): boolean {
    return this.#closedAt <= openTime;
  }

  /** All of it is closed: bars that end later are not its own. */
  closed(at: EpochMs): void {
    this.#closedAt = at;
  }

  /** The market was at a price that the position, or a part of it, could be closed at. */
  priced(price: Price): void {
    const gain = this.#gainAt(price);
    this.#worst = Math.max(this.#worst, -gain);
    this.#best = Math.max(this.#best, gain);
    this.#prices += 1;
  }

  result(instrument: Instrument | undefined, currencyDigits: number): Excursion {
    let [worst, best, prices] = [this.#worst, this.#best, this.#prices];
    const until =
      Number.isFinite(this.#closedAt) || this.#isListed ? this.#closedAt : this.#quotedAt;
    for (const { closeTime, atLow, atHigh } of this.#bars.values()) {
      if (closeTime > until) continue;
      worst = Math.max(worst, -atLow, -atHigh);
      best = Math.max(best, atLow, atHigh);
      prices += 2;
    }
    const reach = (distance: number) => this.#reach(distance, instrument, currencyDigits);
    return { mae: reach(worst), mfe: reach(best), prices };
  }

  #gainAt(price: Price): number {
    const { side, entry } = this.#position;
    return direction[side] * (price - entry);
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
