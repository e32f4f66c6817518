import type { AccountView } from '../domain/account.ts';
import type { Bar, Timeframe } from '../domain/bar.ts';
import type { Deal } from '../domain/deal.ts';
import type { Instrument } from '../domain/instrument.ts';
import type { Order, TradeOutcome } from '../domain/order.ts';
import type { BrokerPosition } from '../domain/position.ts';
import type { Quote } from '../domain/quote.ts';
import type { EpochMs, Price, Steps } from '../domain/units.ts';

/**
 * What a terminal tells about the market. Symbols are logical names; times are UTC; prices are bid unless named.
 * Every read rejects with `BrokerUnavailableError` (nobody answered, or not healthily) or `BrokerProtocolError`
 * (an answer that makes no sense); it never answers an empty list because it could not ask.
 */
export type Quotes = {
  /** The newest quote; never a tick of zeros. */
  quote(symbol: string, signal: AbortSignal): Promise<Quote>;
  /** The newest `count` closed bars, oldest first; the forming bar is never among them. May be fewer. */
  recentBars(
    request: BarRequest & { readonly count: number },
    signal: AbortSignal,
  ): Promise<readonly Bar[]>;
  /** All closed bars with `from <= openTime <= to`, oldest first. Pages by window. */
  barsBetween(
    request: BarRequest & { readonly from: EpochMs; readonly to: EpochMs },
    signal: AbortSignal,
  ): Promise<readonly Bar[]>;
  instrument(symbol: string, signal: AbortSignal): Promise<Instrument>;
};

export type BarRequest = { readonly symbol: string; readonly timeframe: Timeframe };

/** What a terminal lets one account do. Reads reject as those of `Quotes`; trade calls always resolve. */
export type Trading = {
  /**
   * Places a market order with SL and TP, once, under `order.id`.
   *
   * @param onWritten called when the order has been handed to the host's network, whole
   */
  submit(order: Order, signal: AbortSignal, onWritten?: () => void): Promise<TradeOutcome>;
  /** Closes `volume` of a position, once. `done` also when it was already gone. */
  close(request: CloseRequest, signal: AbortSignal): Promise<TradeOutcome>;
  /** Cancels every order of ours that pends. `done` only when a healthy terminal lists none any more. */
  cancelOrders(signal: AbortSignal): Promise<TradeOutcome>;
  /** Sets SL and TP of a position. `done` also when they already stood so. */
  protect(request: ProtectRequest, signal: AbortSignal): Promise<TradeOutcome>;
  account(signal: AbortSignal): Promise<AccountView>;
  /** Open positions, foreign ones included. Proven: an empty list means flat. */
  positions(signal: AbortSignal): Promise<readonly BrokerPosition[]>;
  /** Deals with `at >= from`, oldest first. */
  deals(from: EpochMs, signal: AbortSignal): Promise<readonly Deal[]>;
  /** How long absence must be seen before an order of unknown outcome counts as not placed. */
  readonly absenceProof: AbsenceProof;
};

export type CloseRequest = {
  readonly ticket: number;
  readonly symbol: string;
  readonly volume: Steps;
  /** What is to stay at least: of a position that has less than was thought, less is closed. Nothing where absent. */
  readonly leaves?: Steps;
};

export type ProtectRequest = {
  readonly ticket: number;
  readonly symbol: string;
  readonly stopLoss: Price;
  readonly takeProfit?: Price;
};

export type AbsenceProof = {
  /** Time since the call, on the I/O clock. */
  readonly sinceCallMs: number;
  /** How long healthy answers must have been consistently empty, on the I/O clock. */
  readonly emptyForMs: number;
};

/** Nobody answered, or the terminal says that it cannot work. Try again later. */
export class BrokerUnavailableError extends Error {
  override readonly name = 'BrokerUnavailableError';
}

/** The terminal answered something that makes no sense. */
export class BrokerProtocolError extends Error {
  override readonly name = 'BrokerProtocolError';
}
