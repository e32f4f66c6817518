/** Bar after bar, as `playBar` plays them one by one, in the time that those take in which something happens. */
import type { Bar } from '../domain/bar.ts';
import { playBar } from './play-bar.ts';
import { quietUntil } from './quiet-range.ts';
import { type QuoteReaches, quoteAtOpen } from './quote-reach.ts';
import { type Booked, type ExchangeState, quoted, unbooked } from './state.ts';
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
    const next = bars[eventful + 1] ?? after;
    const played = playBar(state, terms, { symbol, bar: bars[eventful] as Bar, next });
    index = eventful + 1;
    if (played.deals.length > 0) return { ...played, next: index };
    state = played.state;
  }
  return { ...unbooked(state), next: index };
}
