import type { Bar } from './bar.ts';
import { type Instrument, roundPrice } from './instrument.ts';
import type { EpochMs, Price } from './units.ts';

/** What one could trade at, at one moment of market time. `ask >= bid`. */
export type Quote = { readonly bid: Price; readonly ask: Price; readonly at: EpochMs };

/**
 * The quote at a bid price of a bar. The ask lies above it by the spread that the data states for the bar, else by the
 * instrument's.
 */
export function quoteInBar(
  bid: Price,
  { spreadPoints }: Pick<Bar, 'spreadPoints'>,
  instrument: Instrument,
  at: EpochMs,
): Quote {
  const spread = (spreadPoints ?? instrument.spreadPoints) * instrument.point;
  return { bid, ask: roundPrice(instrument, bid + spread), at };
}
