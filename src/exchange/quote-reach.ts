/** How far the quote gets while a bar is played: what there is to know of it for whoever only asks what it touched. */
import type { Bar } from '../domain/bar.ts';
import type { Instrument } from '../domain/instrument.ts';
import { type Quote, quoteInBar } from '../domain/quote.ts';

/** The quote at the open of a bar, which stands until the bar has been played. */
export function quoteAtOpen(bar: Bar, instrument: Instrument): Quote {
  return quoteInBar(bar.open, bar, instrument, bar.openTime);
}

/** Lowest and highest quotes of a while. */
export type QuoteReach = {
  readonly bidLow: number;
  readonly bidHigh: number;
  readonly askLow: number;
  readonly askHigh: number;
};

/** From the open of a bar over its extremes up to the quote after it, that one included. */
export function reachOf(bar: Bar, after: Quote, instrument: Instrument): QuoteReach {
  const low = quoteInBar(bar.low, bar, instrument, bar.openTime);
  const high = quoteInBar(bar.high, bar, instrument, bar.openTime);
  return {
    bidLow: Math.min(low.bid, after.bid),
    bidHigh: Math.max(high.bid, after.bid),
    askLow: Math.min(low.ask, after.ask),
    askHigh: Math.max(high.ask, after.ask),
  };
}

/**
 * The same of a series, as columns: one row for every bar but the last, after which none opens. Made once for a series
 * that many positions are played through.
 */
export type QuoteReaches = {
  readonly bidLow: Float64Array;
  readonly bidHigh: Float64Array;
  readonly askLow: Float64Array;
  readonly askHigh: Float64Array;
  /** When the bar after it opens: the time of the quote that it leaves. */
  readonly endsAt: Float64Array;
};

/** @param bars oldest first */
export function quoteReaches(bars: readonly Bar[], instrument: Instrument): QuoteReaches {
  const rows = Math.max(0, bars.length - 1);
  const columns: QuoteReaches = {
    bidLow: new Float64Array(rows),
    bidHigh: new Float64Array(rows),
    askLow: new Float64Array(rows),
    askHigh: new Float64Array(rows),
    endsAt: new Float64Array(rows),
  };
  for (let row = 0; row < rows; row += 1) {
    const after = quoteAtOpen(bars[row + 1] as Bar, instrument);
    const reach = reachOf(bars[row] as Bar, after, instrument);
    columns.bidLow[row] = reach.bidLow;
    columns.bidHigh[row] = reach.bidHigh;
    columns.askLow[row] = reach.askLow;
    columns.askHigh[row] = reach.askHigh;
    columns.endsAt[row] = after.at;
  }
  return columns;
}
