import type { DealReason } from '../domain/deal.ts';
import type { Side } from '../domain/order.ts';
import type { Quote } from '../domain/quote.ts';
import type { EpochMs, Money, Price, Steps } from '../domain/units.ts';

/**
 * One account at a simulated broker and the quotes it sees. Plain JSON data: it can be written down and read back. Where
 * a bar or a trade makes a new one, its fields are written out: spreading them takes ten times as long.
 */
export type ExchangeState = {
  readonly balance: Money;
  /** Oldest first. */
  readonly positions: readonly OpenPosition[];
  /** By logical symbol: the quote between two bars. */
  readonly quotes: Readonly<Record<string, Quote>>;
  readonly orderTicketNext: number;
  readonly dealTicketNext: number;
};

export type OpenPosition = {
  /** The ticket of the order that opened it. */
  readonly ticket: number;
  readonly symbol: string;
  readonly side: Side;
  readonly volume: Steps;
  /** On a netting account the mean of its entries, off the price grid. */
  readonly entry: Price;
  readonly stopLoss?: Price;
  readonly takeProfit?: Price;
  readonly openedAt: EpochMs;
  readonly changedAt: EpochMs;
  /** Accrued so far and not booked, not rounded. */
  readonly swap: number;
  readonly magic: number;
  readonly comment: string;
};

/** One booking. Amounts are rounded to the account's currency; `balance` after it is the sum of all of them. */
export type ExchangeDeal =
  | {
      readonly kind: 'trade';
      readonly ticket: number;
      readonly orderTicket: number;
      readonly positionTicket: number;
      readonly at: EpochMs;
      /** `inout`: a netting position was turned around by one deal. */
      readonly entry: 'in' | 'out' | 'inout';
      readonly symbol: string;
      readonly side: Side;
      readonly volume: Steps;
      readonly price: Price;
      readonly profit: Money;
      readonly swap: Money;
      /** Negative: paid. */
      readonly commission: Money;
      readonly reason: DealReason;
      readonly magic: number;
      readonly comment: string;
    }
  | {
      readonly kind: 'balance';
      readonly ticket: number;
      readonly at: EpochMs;
      readonly amount: Money;
      readonly comment: string;
    };

/** A market order that was filled, whoever gave it. */
export type ExchangeOrder = {
  readonly ticket: number;
  readonly positionTicket: number;
  readonly at: EpochMs;
  readonly symbol: string;
  readonly side: Side;
  readonly volume: Steps;
  readonly price: Price;
  readonly stopLoss?: Price;
  readonly takeProfit?: Price;
  readonly reason: DealReason;
  readonly magic: number;
  readonly comment: string;
};

/** A state, and what was booked on the way to it, oldest first. */
export type Booked = {
  readonly state: ExchangeState;
  readonly deals: readonly ExchangeDeal[];
  readonly orders: readonly ExchangeOrder[];
};

const nothing: readonly never[] = [];

/** A state that was reached without a booking. */
export function unbooked(state: ExchangeState): Booked {
  return { state, deals: nothing, orders: nothing };
}

export function isHeld({ positions }: ExchangeState, symbol: string): boolean {
  return positions.some((position) => position.symbol === symbol);
}

/** The state with another quote. */
export function quoted(
  { balance, positions, quotes, orderTicketNext, dealTicketNext }: ExchangeState,
  symbol: string,
  quote: Quote,
): ExchangeState {
  const others: Record<string, Quote> = {};
  for (const known in quotes) others[known] = quotes[known] as Quote;
  others[symbol] = quote;
  return { balance, positions, quotes: others, orderTicketNext, dealTicketNext };
}

/** Orders and deals count from different ends, so that a mix-up of their tickets cannot go unseen. */
export const ticketsFirst = { order: 1_000_000_001, deal: 2_000_000_001 } as const;
