/** What an account may ask of the market between two bars. Every request is answered by a retcode. */
import { assert } from '../domain/assert.ts';
import type { Instrument } from '../domain/instrument.ts';
import { opposite, type Side } from '../domain/order.ts';
import type { Quote } from '../domain/quote.ts';
import { type EpochMs, type Money, type Price, roundTo, type Steps } from '../domain/units.ts';
import {
  bookBalance,
  bookClosing,
  bookIncrease,
  bookOpening,
  bookReversal,
  type Execution,
  slipped,
} from './booking.ts';
import type { Retcode } from './retcode.ts';
import {
  type Booked,
  type ExchangeState,
  type OpenPosition,
  ticketsFirst,
  unbooked,
} from './state.ts';
import { type ExchangeTerms, type MarketTerms, marketOf } from './terms.ts';
import { entryPrice, equityOf, exitPrice, marginFor, marginUsed, quoteOf } from './valuation.ts';

export type Answer = Booked & { readonly retcode: Retcode };

export type EntryRequest = {
  readonly symbol: string;
  readonly side: Side;
  readonly volume: Steps;
  readonly stopLoss?: Price;
  readonly takeProfit?: Price;
  readonly magic: number;
  readonly comment: string;
};

export type CloseRequest = {
  readonly ticket: number;
  /** Undefined closes all of it. */
  readonly volume?: Steps;
  readonly magic: number;
  readonly comment: string;
};

export type ProtectRequest = {
  readonly ticket: number;
  /** Undefined removes the level. */
  readonly stopLoss: Price | undefined;
  readonly takeProfit: Price | undefined;
};

type Levels = {
  readonly stopLoss?: Price | undefined;
  readonly takeProfit?: Price | undefined;
};

/** A new account with its opening deposit. It has no quote until a bar opens. */
export function openAccount(
  terms: ExchangeTerms,
  deposit: { readonly amount: Money; readonly at: EpochMs },
): Booked {
  const empty: ExchangeState = {
    balance: 0 as Money,
    positions: [],
    quotes: {},
    orderTicketNext: ticketsFirst.order,
    dealTicketNext: ticketsFirst.deal,
  };
  return bookBalance(empty, terms, { ...deposit, comment: 'Initial deposit' });
}

/** A market order at the quote. */
export function submit(state: ExchangeState, terms: ExchangeTerms, request: EntryRequest): Answer {
  const market = marketOf(terms, request.symbol);
  const quote = quoteOf(state, request.symbol);
  const refusal = refusalOf(state, terms, request);
  if (refusal !== undefined) return refused(state, refusal);
  const execution = executionAt(
    request.side,
    entryPrice(request.side, quote),
    quote.at,
    market,
    request,
  );
  return done(fill(state, terms, request, execution));
}

/** Closes a position, or a part of it, at the quote. */
export function close(state: ExchangeState, terms: ExchangeTerms, request: CloseRequest): Answer {
  const position = state.positions.find(({ ticket }) => ticket === request.ticket);
  if (position === undefined) return refused(state, 10036);
  const market = marketOf(terms, position.symbol);
  const volume = request.volume ?? position.volume;
  if (volume > position.volume) return refused(state, 10038);
  const isWhole = volume === position.volume;
  if (!isWhole && volume < market.instrument.volumeMin) return refused(state, 10014);
  const quote = quoteOf(state, position.symbol);
  const exit = exitPrice(position.side, quote);
  const execution = executionAt(opposite[position.side], exit, quote.at, market, request);
  return done(bookClosing(state, terms, position, volume, execution));
}

/** Sets SL and TP of a position: both, as they stand in the request. */
export function protect(
  state: ExchangeState,
  terms: ExchangeTerms,
  request: ProtectRequest,
): Answer {
  const position = state.positions.find(({ ticket }) => ticket === request.ticket);
  if (position === undefined) return refused(state, 10036);
  const { stopLoss, takeProfit } = request;
  if (stopLoss === position.stopLoss && takeProfit === position.takeProfit) {
    return refused(state, 10025);
  }
  const market = marketOf(terms, position.symbol);
  const quote = quoteOf(state, position.symbol);
  if (!areLevelsAllowed(position.side, quote, market, request)) return refused(state, 10016);
  const { stopLoss: _stopLoss, takeProfit: _takeProfit, ...bare } = position;
  const changed: OpenPosition = {
    ...bare,
    ...(stopLoss === undefined ? {} : { stopLoss }),
    ...(takeProfit === undefined ? {} : { takeProfit }),
    changedAt: quote.at,
  };
  const positions = state.positions.map((each) => (each === position ? changed : each));
  return done(unbooked({ ...state, positions }));
}

function fill(
  state: ExchangeState,
  terms: ExchangeTerms,
  request: EntryRequest,
  execution: Execution,
): Booked {
  const held = terms.account.isHedging
    ? undefined
    : state.positions.find(({ symbol }) => symbol === request.symbol);
  if (held === undefined) return bookOpening(state, terms, request, execution);
  const { volume, stopLoss, takeProfit } = request;
  const levels = {
    ...(stopLoss === undefined ? {} : { stopLoss }),
    ...(takeProfit === undefined ? {} : { takeProfit }),
  };
  if (held.side === request.side) {
    return bookIncrease(state, terms, held, { volume, ...levels }, execution);
  }
  if (volume <= held.volume) return bookClosing(state, terms, held, volume, execution);
  return bookReversal(state, terms, held, { volume, ...levels }, execution);
}

/** Why an order is not filled; undefined when it is. */
function refusalOf(
  state: ExchangeState,
  terms: ExchangeTerms,
  request: EntryRequest,
): Retcode | undefined {
  const market = marketOf(terms, request.symbol);
  const { instrument } = market;
  const quote = quoteOf(state, request.symbol);
  const { volume, side } = request;
  if (!instrument.isTradable) return 10018;
  if (volume < instrument.volumeMin || volume > instrument.volumeMax) return 10014;
  if (!areLevelsAllowed(side, quote, market, request)) return 10016;
  const exposed = exposedVolume(state, terms, request);
  const needed = marginFor(exposed, entryPrice(side, quote), market, terms.account.leverage);
  const free = equityOf(state, terms) - marginUsed(state, terms);
  return exposed > 0 && needed > free ? 10019 : undefined;
}

/** By how much an order raises the volume that is held: one that turns a netting position around frees its margin. */
function exposedVolume(state: ExchangeState, terms: ExchangeTerms, request: EntryRequest): Steps {
  if (terms.account.isHedging) return request.volume;
  const held = state.positions.find(({ symbol }) => symbol === request.symbol);
  if (held === undefined || held.side === request.side) return request.volume;
  return Math.max(0, request.volume - 2 * held.volume) as Steps;
}

/** SL behind the exit price and TP in front of it, each at least the stops level away. */
function areLevelsAllowed(
  side: Side,
  quote: Quote,
  { instrument }: MarketTerms,
  { stopLoss, takeProfit }: Levels,
): boolean {
  const exit = exitPrice(side, quote);
  const sign = side === 'buy' ? 1 : -1;
  const nearest = Math.max(1, instrument.stopsLevelPoints);
  const isStopAllowed =
    stopLoss === undefined || pointsIn(sign * (exit - stopLoss), instrument) >= nearest;
  const isTargetAllowed =
    takeProfit === undefined || pointsIn(sign * (takeProfit - exit), instrument) >= nearest;
  return isStopAllowed && isTargetAllowed;
}

function pointsIn(distance: number, { point }: Instrument): number {
  return roundTo(distance / point, 3);
}

function executionAt(
  side: Side,
  quoted: Price,
  at: EpochMs,
  market: MarketTerms,
  { magic, comment }: { readonly magic: number; readonly comment: string },
): Execution {
  return { price: slipped(side, quoted, market), at, reason: 'expert', magic, comment };
}

function done(booked: Booked): Answer {
  assert(Number.isFinite(booked.state.balance), 'a booking leaves a balance');
  const { state, deals, orders } = booked;
  return { state, deals, orders, retcode: 10009 };
}

function refused(state: ExchangeState, retcode: Retcode): Answer {
  return { ...unbooked(state), retcode };
}
