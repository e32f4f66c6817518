/**
 * Quotes between which nothing happens to the positions of a symbol. What is proven quiet need not be played, since all
 * that it leaves is another quote; what is not is played, so that `play-bar.ts` alone says what fills.
 */
import { lots, valuePerLot } from '../domain/instrument.ts';
import type { Side } from '../domain/order.ts';
import { powerOfTen } from '../domain/units.ts';
import type { QuoteReach, QuoteReaches } from './quote-reach.ts';
import type { ExchangeState } from './state.ts';
import { isNightCharged, midnightAfter } from './swap.ts';
import { type ExchangeTerms, type MarketTerms, marketOf } from './terms.ts';
import { equityOf, marginUsed, quoteOf, stopOutLevel } from './valuation.ts';

/** Open at both ends: a quote on one of them may be an event. */
type QuietRange = {
  readonly bidAbove: number;
  readonly bidBelow: number;
  readonly askAbove: number;
  readonly askBelow: number;
};

/**
 * From the nearest level on one side to the nearest on the other; narrower where the market could bring equity near the
 * stop-out, every position at its worst price at once. Of a hedge, one side wins what the other loses: each side gets
 * half of what may be lost as if it lost alone, so that the range is too narrow there, never too wide.
 */
export function quietRange(state: ExchangeState, terms: ExchangeTerms, symbol: string): QuietRange {
  const market = marketOf(terms, symbol);
  const long = heldOn(state, market, symbol, 'buy');
  const short = heldOn(state, market, symbol, 'sell');
  const { bid, ask } = quoteOf(state, symbol);
  const room = roomToLose(state, terms) / (long.worth > 0 && short.worth > 0 ? 2 : 1);
  return {
    bidAbove: Math.max(long.above, bid - room / long.worth),
    bidBelow: long.below,
    askAbove: short.above,
    askBelow: Math.min(short.below, ask + room / short.worth),
  };
}

/** The nearest levels of all positions of one side, and what they are worth together per unit of price. */
function heldOn(
  state: ExchangeState,
  { instrument }: MarketTerms,
  symbol: string,
  side: Side,
): { readonly above: number; readonly below: number; readonly worth: number } {
  let above = Number.NEGATIVE_INFINITY;
  let below = Number.POSITIVE_INFINITY;
  let worth = 0;
  for (const position of state.positions) {
    if (position.symbol !== symbol || position.side !== side) continue;
    const { stopLoss, takeProfit } = position;
    const [lower, upper] = side === 'buy' ? [stopLoss, takeProfit] : [takeProfit, stopLoss];
    above = Math.max(above, lower ?? above);
    below = Math.min(below, upper ?? below);
    worth += lots(instrument, position.volume) * valuePerLot(instrument);
  }
  return { above, below, worth };
}

/**
 * What equity may lose before it could be at the stop-out, in the account's currency: each result is rounded to the
 * currency, and so is their sum, at the quote and again where they are lost.
 */
function roomToLose(state: ExchangeState, terms: ExchangeTerms): number {
  const equity = equityOf(state, terms);
  const margin = marginUsed(state, terms);
  const roundings = (state.positions.length + 1) / powerOfTen(terms.account.currencyDigits);
  const noise = 1e-9 * (Math.abs(equity) + margin);
  return equity - stopOutLevel * margin - roundings - noise;
}

/** Whether nothing happens in a bar that gets so far, the nights apart. */
export function isQuiet(range: QuietRange, reach: QuoteReach): boolean {
  return (
    reach.bidLow > range.bidAbove &&
    reach.bidHigh < range.bidBelow &&
    reach.askLow > range.askAbove &&
    reach.askHigh < range.askBelow
  );
}

/**
 * Index of the first bar, from `from` on, in which something might happen: a level reached, a stop-out, a night charged.
 * The last bar at the latest: how far it gets is not among the reaches.
 *
 * @param from the bar whose open is the quote
 */
export function quietUntil(
  state: ExchangeState,
  terms: ExchangeTerms,
  {
    symbol,
    reaches,
    from,
  }: { readonly symbol: string; readonly reaches: QuoteReaches; readonly from: number },
): number {
  if (from >= reaches.endsAt.length) return from;
  const { bidAbove, bidBelow, askAbove, askBelow } = quietRange(state, terms, symbol);
  const chargedAt = nextCharge(state, terms, symbol);
  const { bidLow, bidHigh, askLow, askHigh, endsAt } = reaches;
  let index = from;
  while (
    index < endsAt.length &&
    (bidLow[index] as number) > bidAbove &&
    (bidHigh[index] as number) < bidBelow &&
    (askLow[index] as number) > askAbove &&
    (askHigh[index] as number) < askBelow &&
    (endsAt[index] as number) < chargedAt
  ) {
    index += 1;
  }
  return index;
}

/** The next midnight, where a night costs or earns any of the positions something. */
function nextCharge(state: ExchangeState, terms: ExchangeTerms, symbol: string): number {
  const isCharged = isNightCharged(state.positions, marketOf(terms, symbol), symbol);
  return isCharged ? midnightAfter(quoteOf(state, symbol).at) : Number.POSITIVE_INFINITY;
}
