/** Bars with what a journal knows of them beside: the spread that was quoted. */
import type { Bar } from '../../domain/bar.ts';
import type { Quote } from '../../domain/quote.ts';
import type { EpochMs } from '../../domain/units.ts';

/** The bar with the spread of a quote; as it is where there was none. */
export function withSpread(bar: Bar, quote: Quote | undefined, point: number): Bar {
  return quote ? { ...bar, spreadPoints: Math.round((quote.ask - quote.bid) / point) } : bar;
}

/**
 * The next bar with the spread that was quoted at its open. Where the data ends, or lacks what followed, the quote itself is
 * all that is known of it.
 */
export function nextAsQuoted(
  next: Bar | undefined,
  quote: Quote | undefined,
  { closedAt, point }: { readonly closedAt: EpochMs; readonly point: number },
): Bar | undefined {
  if (!quote) return next;
  if (next && next.openTime <= quote.at) return withSpread(next, quote, point);
  const { bid } = quote;
  const bar = { openTime: closedAt, open: bid, high: bid, low: bid, close: bid, volume: 0 };
  return withSpread(bar, quote, point);
}
