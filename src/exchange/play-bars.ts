/** Bar after bar, as `playBar` plays them one by one, in the time that those take in which something happens. */
import type { Bar } from '../domain/bar.ts';
import { playBar, walkBar } from './play-bar.ts';
import { quietUntil } from './quiet-range.ts';
import { type QuoteReaches, quoteAtOpen } from './quote-reach.ts';
import { type Booked, type ExchangeState, isHeld, quoted } from './state.ts';
import { type ExchangeTerms, marketOf } from './terms.ts';

type PlayBarsRequest = {
  readonly symbol: string;
  /** Oldest first. */
  readonly bars: readonly Bar[];
  readonly reaches: QuoteReaches;
  /** Index of the bar whose open is the quote. */
  readonly from: number;
  /** The bar that opens after the last one; undefined where the data ends. */
  readonly after?: Bar | undefined;
};

/**
 * Plays bars up to the first that books something, that one included, or up to the last.
 *
 * @returns what the last one booked, and the index of the bar whose open is the quote now
 */
export function playUntilBooked(
  before: ExchangeState,
  terms: ExchangeTerms,
  { symbol, bars, reaches, from, after }: PlayBarsRequest,
): Booked & { readonly next: number } {
  const { instrument } = marketOf(terms, symbol);
  let state = before;
  let index = from;
  while (index < bars.length) {
    const eventful = quietUntil(state, terms, { symbol, reaches, from: index });
    if (eventful > index) {
      state = quoted(state, symbol, quoteAtOpen(bars[eventful] as Bar, instrument));
    }
    const request = { symbol, bar: bars[eventful] as Bar, next: bars[eventful + 1] ?? after };
    const played = (isHeld(state, symbol) ? walkBar : playBar)(state, terms, request);
    index = eventful + 1;
    state = played.state;
    if (played.deals.length > 0) {
      return { state, deals: played.deals, orders: played.orders, next: index };
    }
  }
  return { state, deals: [], orders: [], next: index };
}
