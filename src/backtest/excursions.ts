import type { Bar } from '../domain/bar.ts';
import type { Deal } from '../domain/deal.ts';
import type { Instrument } from '../domain/instrument.ts';
import { direction } from '../domain/order.ts';
import { quoteInBar } from '../domain/quote.ts';
import { type Price, roundTo } from '../domain/units.ts';
import type { OpenPosition } from '../exchange/state.ts';
import { exitPrice } from '../exchange/valuation.ts';

type Reach = { readonly stopDistance: number; worst: number; best: number };

/**
 * How far the market went against positions and for them, in multiples of the first stop's distance. A bar that a position
 * lives through counts with its whole range, the one in which it ends only with the price that it ended at. The trade
 * log of a journal counts the same, and the quotes between bars besides: the one at the open of the bar in which a
 * position ends is in it, and not here.
 */
export class Excursions {
  readonly #instrument: Instrument;
  readonly #reaches = new Map<number, Reach>();

  constructor(instrument: Instrument) {
    this.#instrument = instrument;
  }

  /** @param before the positions that were open when the bar began; `after`: those at its end */
  lived(bar: Bar, before: readonly OpenPosition[], after: readonly OpenPosition[]): void {
    const low = quoteInBar(bar.low, bar, this.#instrument, bar.openTime);
    const high = quoteInBar(bar.high, bar, this.#instrument, bar.openTime);
    for (const position of before) {
      if (!after.some(({ ticket }) => ticket === position.ticket)) continue;
      this.#priced(position, exitPrice(position.side, low));
      this.#priced(position, exitPrice(position.side, high));
    }
  }

  /** Deals that closed all or a part of positions. */
  ended(before: readonly OpenPosition[], deals: readonly Deal[]): void {
    for (const deal of deals) {
      if (deal.kind !== 'trade' || deal.entry === 'in') continue;
      const position = before.find(({ ticket }) => ticket === deal.positionTicket);
      if (position) this.#priced(position, deal.price);
    }
  }

  /** 0 for a position without a stop. */
  of(ticket: number): { readonly maeR: number; readonly mfeR: number } {
    const { stopDistance, worst, best } = this.#reaches.get(ticket) ?? nothing;
    const inR = (distance: number) => (stopDistance > 0 ? roundTo(distance / stopDistance, 6) : 0);
    return { maeR: inR(worst), mfeR: inR(best) };
  }

  #priced({ ticket, side, entry, stopLoss }: OpenPosition, exit: Price): void {
    const stopDistance = stopLoss === undefined ? 0 : Math.abs(entry - stopLoss);
    const reach = this.#reaches.get(ticket) ?? { stopDistance, worst: 0, best: 0 };
    const gain = direction[side] * (exit - entry);
    reach.worst = Math.max(reach.worst, -gain);
    reach.best = Math.max(reach.best, gain);
    this.#reaches.set(ticket, reach);
  }
}

const nothing: Reach = { stopDistance: 0, worst: 0, best: 0 };
