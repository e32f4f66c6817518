import { assert } from '../domain/assert.ts';
import type { DealReason } from '../domain/deal.ts';
import { lots, roundPrice } from '../domain/instrument.ts';
import { direction, opposite, type Side } from '../domain/order.ts';
import { type EpochMs, type Money, type Price, roundTo, type Steps } from '../domain/units.ts';
import type { Booked, ExchangeDeal, ExchangeOrder, ExchangeState, OpenPosition } from './state.ts';
import { type ExchangeTerms, type MarketTerms, marketOf } from './terms.ts';
import { profitAt } from './valuation.ts';

/** Who gave an order: stands on its order and its deal. */
type OrderMark = {
  readonly reason: DealReason;
  readonly magic: number;
  readonly comment: string;
};

export type Execution = OrderMark & { readonly price: Price; readonly at: EpochMs };

/** What a market order is filled at: the price and the slippage against whoever trades. */
export function slipped(side: Side, atPrice: number, market: MarketTerms): Price {
  const { instrument, slippagePoints } = market;
  const slippage = slippagePoints * instrument.point;
  return roundPrice(instrument, atPrice + direction[side] * slippage);
}

function commissionOf(volume: Steps, market: MarketTerms, currencyDigits: number): Money {
  const amount = market.commissionPerLot * lots(market.instrument, volume);
  return (amount === 0 ? 0 : -roundTo(amount, currencyDigits)) as Money;
}

/** Opens a position of its own: the ticket of the order is the ticket of the position. */
export function bookOpening(
  state: ExchangeState,
  terms: ExchangeTerms,
  request: {
    readonly symbol: string;
    readonly side: Side;
    readonly volume: Steps;
    readonly stopLoss?: Price;
    readonly takeProfit?: Price;
  },
  execution: Execution,
): Booked {
  const { symbol, side, volume } = request;
  const { at, price, magic, comment } = execution;
  const levels = levelsOf(request);
  const ticket = state.orderTicketNext;
  const opened: OpenPosition = {
    ticket,
    symbol,
    side,
    volume,
    entry: price,
    openedAt: at,
    changedAt: at,
    swap: 0,
    magic,
    comment,
    ...levels,
  };
  const order = { positionTicket: ticket, symbol, side, volume, ...levels };
  return book(state, terms, order, nothingEarned, execution, [...state.positions, opened]);
}

/** Adds to a netting position: its entry becomes the mean, its levels those of the new order. */
export function bookIncrease(
  state: ExchangeState,
  terms: ExchangeTerms,
  position: OpenPosition,
  request: { readonly volume: Steps; readonly stopLoss?: Price; readonly takeProfit?: Price },
  execution: Execution,
): Booked {
  const volume = (position.volume + request.volume) as Steps;
  const entry = (position.entry * position.volume + execution.price * request.volume) / volume;
  const increased: OpenPosition = {
    ...position,
    volume,
    entry: entry as Price,
    ...levelsOf(request),
    changedAt: execution.at,
  };
  const { ticket, symbol, side } = position;
  const order = { positionTicket: ticket, symbol, side, ...request };
  return book(state, terms, order, nothingEarned, execution, replaced(state, position, increased));
}

/** Closes `volume` of a position; its share of the swap is booked with the deal. */
export function bookClosing(
  state: ExchangeState,
  terms: ExchangeTerms,
  position: OpenPosition,
  volume: Steps,
  execution: Execution,
): Booked {
  assert(
    volume > 0 && volume <= position.volume,
    () => `${volume} of ${position.volume} steps closed`,
  );
  const swap = position.swap * (volume / position.volume);
  const rest: OpenPosition | undefined =
    volume === position.volume
      ? undefined
      : {
          ...position,
          volume: (position.volume - volume) as Steps,
          swap: position.swap - swap,
          changedAt: execution.at,
        };
  const market = marketOf(terms, position.symbol);
  const { currencyDigits } = terms.account;
  const profit = profitAt(position, volume, execution.price, market, currencyDigits);
  const amounts: Amounts = { entry: 'out', profit, swap };
  const order = closingOrder(position, volume);
  return book(state, terms, order, amounts, execution, replaced(state, position, rest));
}

/** Turns a netting position around by an opposite order that is larger than it. */
export function bookReversal(
  state: ExchangeState,
  terms: ExchangeTerms,
  position: OpenPosition,
  request: { readonly volume: Steps; readonly stopLoss?: Price; readonly takeProfit?: Price },
  execution: Execution,
): Booked {
  assert(request.volume > position.volume, 'a reversal is larger than the position');
  const market = marketOf(terms, position.symbol);
  const { currencyDigits } = terms.account;
  const profit = profitAt(position, position.volume, execution.price, market, currencyDigits);
  const { stopLoss: _stopLoss, takeProfit: _takeProfit, ...bare } = position;
  const turned: OpenPosition = {
    ...bare,
    side: opposite[position.side],
    volume: (request.volume - position.volume) as Steps,
    entry: execution.price,
    ...levelsOf(request),
    openedAt: execution.at,
    changedAt: execution.at,
    swap: 0,
    magic: execution.magic,
    comment: execution.comment,
  };
  const order = { ...closingOrder(position, request.volume), ...levelsOf(request) };
  const amounts: Amounts = { entry: 'inout', profit, swap: position.swap };
  return book(state, terms, order, amounts, execution, replaced(state, position, turned));
}

/** Deposits (or withdraws) an amount. */
export function bookBalance(
  state: ExchangeState,
  terms: ExchangeTerms,
  operation: { readonly amount: Money; readonly at: EpochMs; readonly comment: string },
): Booked {
  const deal: ExchangeDeal = { kind: 'balance', ticket: state.dealTicketNext, ...operation };
  const balance = roundTo(state.balance + operation.amount, terms.account.currencyDigits) as Money;
  const dealTicketNext = state.dealTicketNext + 1;
  return { state: { ...state, balance, dealTicketNext }, deals: [deal], orders: [] };
}

/** One booking after another: the state of the later one, the deals and orders of both. */
export function joined(first: Booked, second: Booked): Booked {
  return {
    state: second.state,
    deals: first.deals.length === 0 ? second.deals : [...first.deals, ...second.deals],
    orders: first.orders.length === 0 ? second.orders : [...first.orders, ...second.orders],
  };
}

type OrderBody = Pick<ExchangeOrder, 'positionTicket' | 'symbol' | 'side' | 'volume'> & {
  readonly stopLoss?: Price;
  readonly takeProfit?: Price;
};

type Amounts = {
  readonly entry: 'in' | 'out' | 'inout';
  readonly profit: number;
  readonly swap: number;
};

const nothingEarned: Amounts = { entry: 'in', profit: 0, swap: 0 };

/** The order and its deal, the balance that they leave and the positions. */
function book(
  state: ExchangeState,
  terms: ExchangeTerms,
  body: OrderBody,
  amounts: Amounts,
  { price, at, reason, magic, comment }: Execution,
  positions: readonly OpenPosition[],
): Booked {
  const { currencyDigits } = terms.account;
  const { positionTicket, symbol, side, volume } = body;
  const profit = amounts.profit as Money;
  const swap = roundTo(amounts.swap, currencyDigits) as Money;
  const commission = commissionOf(volume, marketOf(terms, symbol), currencyDigits);
  const orderTicket = state.orderTicketNext;
  const order: ExchangeOrder = {
    ticket: orderTicket,
    at,
    positionTicket,
    symbol,
    side,
    volume,
    price,
    reason,
    magic,
    comment,
    ...levelsOf(body),
  };
  const deal: ExchangeDeal = {
    kind: 'trade',
    ticket: state.dealTicketNext,
    orderTicket,
    positionTicket,
    at,
    entry: amounts.entry,
    symbol,
    side,
    volume,
    price,
    profit,
    swap,
    commission,
    reason,
    magic,
    comment,
  };
  const balance = roundTo(state.balance + profit + swap + commission, currencyDigits) as Money;
  const next: ExchangeState = {
    balance,
    positions,
    quotes: state.quotes,
    orderTicketNext: orderTicket + 1,
    dealTicketNext: deal.ticket + 1,
  };
  return { state: next, deals: [deal], orders: [order] };
}

function closingOrder({ ticket, symbol, side }: OpenPosition, volume: Steps): OrderBody {
  return { positionTicket: ticket, symbol, side: opposite[side], volume };
}

function levelsOf({ stopLoss, takeProfit }: { stopLoss?: Price; takeProfit?: Price }) {
  if (stopLoss === undefined) return takeProfit === undefined ? {} : { takeProfit };
  return takeProfit === undefined ? { stopLoss } : { stopLoss, takeProfit };
}

/** The positions with another one in an old one's place, or without it. */
function replaced(
  { positions }: ExchangeState,
  old: OpenPosition,
  now: OpenPosition | undefined,
): readonly OpenPosition[] {
  return now === undefined
    ? positions.filter(({ ticket }) => ticket !== old.ticket)
    : positions.map((each) => (each.ticket === old.ticket ? now : each));
}
