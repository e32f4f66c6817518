/** What a bar does to an account: the quote's path through it, and the jump to the next bar's open. */
import { assert } from '../domain/assert.ts';
import type { Bar } from '../domain/bar.ts';
import { opposite, type Side } from '../domain/order.ts';
import { type Quote, quoteInBar } from '../domain/quote.ts';
import { type EpochMs, type Price, roundTo } from '../domain/units.ts';
import { bookClosing, joined, slipped } from './booking.ts';
import { isQuiet, quietRange } from './quiet-range.ts';
import { quoteAtOpen, reachOf } from './quote-reach.ts';
import {
  type Booked,
  type ExchangeState,
  isHeld,
  type OpenPosition,
  quoted,
  unbooked,
} from './state.ts';
import { isNightCharged, nightsBetween, swapPerNight } from './swap.ts';
import { type ExchangeTerms, type MarketTerms, marketOf } from './terms.ts';
import { isLowFirst, type Touch, touchAt } from './touch.ts';
import {
  equityOf,
  exitPrice,
  type Marks,
  marginUsed,
  openProfit,
  quoteOf,
  stopOutLevel,
} from './valuation.ts';

export type PlayRequest = {
  readonly symbol: string;
  readonly bar: Bar;
  /** The bar that opens after it; undefined where the data ends. */
  readonly next: Bar | undefined;
};

/** Makes the open of a bar the quote, without a path to it: the start of a replay. */
export function openMarket(
  state: ExchangeState,
  terms: ExchangeTerms,
  { symbol, bar }: { readonly symbol: string; readonly bar: Bar },
): ExchangeState {
  assert(state.quotes[symbol] === undefined, `${symbol} is open already`);
  return quoted(state, symbol, quoteAtOpen(bar, marketOf(terms, symbol).instrument));
}

/**
 * Plays a bar whose open is the quote: SL, TP and stop-out at its extremes, then the nights that passed, then the jump
 * to the next open (after the last bar: to its close), which fills what it crosses at that quote.
 */
export function playBar(state: ExchangeState, terms: ExchangeTerms, request: PlayRequest): Booked {
  const { symbol } = request;
  const quote = quoteAfter(request, marketOf(terms, symbol));
  return isHeld(state, symbol) && !isUneventful(state, terms, request, quote)
    ? walkBar(state, terms, request)
    : unbooked(quoted(state, symbol, quote));
}

/** Most bars are like that, and their path need not be walked. */
function isUneventful(
  state: ExchangeState,
  terms: ExchangeTerms,
  { symbol, bar }: PlayRequest,
  after: Quote,
): boolean {
  const market = marketOf(terms, symbol);
  if (withNights(state, market, symbol, bar.openTime, after) !== state) return false;
  return isQuiet(quietRange(state, terms, symbol), reachOf(bar, after, market.instrument));
}

/** Plays a bar along its whole path, whatever happens in it, for the positions of its symbol. */
export function walkBar(state: ExchangeState, terms: ExchangeTerms, request: PlayRequest): Booked {
  const { symbol, bar } = request;
  const market = marketOf(terms, symbol);
  const third = Math.floor(market.barMs / 3);
  let booked = visitExtreme(unbooked(state), terms, request, 'first', at(bar, third));
  booked = visitExtreme(booked, terms, request, 'second', at(bar, 2 * third));
  const quote = quoteAfter(request, market);
  const { state: after, deals, orders } = booked;
  const later = withNights(after, market, symbol, bar.openTime, quote);
  return jumpTo({ state: quoted(later, symbol, quote), deals, orders }, terms, symbol, quote);
}

function at(bar: Bar, afterMs: number): EpochMs {
  return (bar.openTime + afterMs) as EpochMs;
}

/** Takes every position of the symbol to the first or second extreme of the bar, in the order of its own path. */
function visitExtreme(
  before: Booked,
  terms: ExchangeTerms,
  { symbol, bar }: PlayRequest,
  which: 'first' | 'second',
  time: EpochMs,
): Booked {
  const extremes = extremesOf(bar, marketOf(terms, symbol), which);
  let booked = before;
  for (const position of before.state.positions) {
    if (position.symbol !== symbol) continue;
    const touch = touchOf(position, extremes[position.side]);
    if (touch === undefined) continue;
    const level = (touch === 'stop' ? position.stopLoss : position.takeProfit) as Price;
    booked = joined(booked, leave(booked.state, terms, position, touch, level, time));
  }
  return stopOut(booked, terms, time, (position) =>
    position.symbol === symbol
      ? extremes[position.side]
      : exitPrice(position.side, quoteOf(booked.state, position.symbol)),
  );
}

/** What positions of either side would leave at, at the first or second extreme that they see of a bar. */
function extremesOf(
  bar: Bar,
  { instrument, intrabar }: MarketTerms,
  which: 'first' | 'second',
): Readonly<Record<Side, Price>> {
  const isFirst = which === 'first';
  const buy = isLowFirst('buy', bar, intrabar) === isFirst ? bar.low : bar.high;
  const sell = isLowFirst('sell', bar, intrabar) === isFirst ? bar.low : bar.high;
  return { buy, sell: quoteInBar(sell, bar, instrument, bar.openTime).ask };
}

function jumpTo(before: Booked, terms: ExchangeTerms, symbol: string, quote: Quote): Booked {
  let booked = before;
  for (const position of booked.state.positions) {
    if (position.symbol !== symbol) continue;
    const exit = exitPrice(position.side, quote);
    const touch = touchOf(position, exit);
    if (touch === undefined) continue;
    booked = joined(booked, leave(booked.state, terms, position, touch, exit, quote.at));
  }
  return stopOut(booked, terms, quote.at, (position) =>
    exitPrice(position.side, quoteOf(booked.state, position.symbol)),
  );
}

function touchOf({ side, stopLoss, takeProfit }: OpenPosition, exit: Price): Touch | undefined {
  return touchAt(side, exit, stopLoss ?? Number.NaN, takeProfit ?? Number.NaN);
}

/** Closes a position at a level that was touched, or at the open that lies beyond it. */
function leave(
  state: ExchangeState,
  terms: ExchangeTerms,
  position: OpenPosition,
  touch: Touch,
  exit: Price,
  time: EpochMs,
): Booked {
  const market = marketOf(terms, position.symbol);
  const { digits } = market.instrument;
  const isStop = touch === 'stop';
  const level = (isStop ? position.stopLoss : position.takeProfit) as Price;
  return bookClosing(state, terms, position, position.volume, {
    price: isStop ? slipped(opposite[position.side], exit, market) : exit,
    at: time,
    reason: isStop ? 'stop-loss' : 'take-profit',
    magic: position.magic,
    comment: `[${isStop ? 'sl' : 'tp'} ${level.toFixed(digits)}]`,
  });
}

/** Closes the position with the largest open loss, again and again, while equity is at or below half the margin. */
function stopOut(before: Booked, terms: ExchangeTerms, time: EpochMs, marks: Marks): Booked {
  let booked = before;
  while (booked.state.positions.length > 0) {
    const { state } = booked;
    const level = equityOf(state, terms, marks) / marginUsed(state, terms);
    if (level > stopOutLevel) return booked;
    const worst = state.positions.reduce((a, b) =>
      openProfit(b, terms, marks(b)) < openProfit(a, terms, marks(a)) ? b : a,
    );
    const closing = bookClosing(state, terms, worst, worst.volume, {
      price: slipped(opposite[worst.side], marks(worst), marketOf(terms, worst.symbol)),
      at: time,
      reason: 'stop-out',
      magic: worst.magic,
      comment: `[so ${roundTo(100 * level, 2)}%]`,
    });
    booked = joined(booked, closing);
  }
  return booked;
}

function withNights(
  state: ExchangeState,
  market: MarketTerms,
  symbol: string,
  from: EpochMs,
  { at: to }: Quote,
): ExchangeState {
  const nights = nightsBetween(from, to);
  if (nights === 0 || !isNightCharged(state.positions, market, symbol)) return state;
  const positions = state.positions.map((position) =>
    position.symbol === symbol
      ? { ...position, swap: position.swap + nights * swapPerNight(position, market) }
      : position,
  );
  return { ...state, positions };
}

/** The open of the next bar; after the last one its close, at the moment when the next one would open. */
function quoteAfter({ bar, next }: PlayRequest, { instrument, barMs }: MarketTerms): Quote {
  if (next !== undefined) return quoteAtOpen(next, instrument);
  return quoteInBar(bar.close, bar, instrument, at(bar, barMs));
}
