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
    ...levels,
    openedAt: at,
    changedAt: at,
    swap: 0,
    magic,
    comment,
  };
  const order = { positionTicket: ticket, symbol, side, volume, ...levels };
  const booked = book(state, terms, order, { entry: 'in', profit: 0, swap: 0 }, execution);
  return { ...booked, state: { ...booked.state, positions: [...state.positions, opened] } };
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
  const booked = book(state, terms, order, { entry: 'in', profit: 0, swap: 0 }, execution);
  return replaced(booked, position, increased);
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
  const amounts = { entry: 'out' as const, profit: result(position, volume), swap };
  const booked = book(state, terms, closingOrder(position, volume), amounts, execution);
  return replaced(booked, position, rest);

  function result(closed: OpenPosition, steps: Steps): Money {
    const market = marketOf(terms, closed.symbol);
    return profitAt(closed, steps, execution.price, market, terms.account.currencyDigits);
  }
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
  const amounts = { entry: 'inout' as const, profit, swap: position.swap };
  return replaced(book(state, terms, order, amounts, execution), position, turned);
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

/** The order and its deal, and the balance that they leave. */
function book(
  state: ExchangeState,
  terms: ExchangeTerms,
  body: OrderBody,
  amounts: {
    readonly entry: 'in' | 'out' | 'inout';
    readonly profit: number;
    readonly swap: number;
  },
  { price, at, reason, magic, comment }: Execution,
): Booked {
  const { currencyDigits } = terms.account;
  const { positionTicket, symbol, side, volume } = body;
  const profit = amounts.profit as Money;
  const swap = roundTo(amounts.swap, currencyDigits) as Money;
  const commission = commissionOf(volume, marketOf(terms, symbol), currencyDigits);
  const orderTicket = state.orderTicketNext;
  const mark = { reason, magic, comment };
  const order: ExchangeOrder = { ticket: orderTicket, at, ...body, price, ...mark };
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
    ...mark,
  };
  const balance = roundTo(state.balance + profit + swap + commission, currencyDigits) as Money;
  const next = {
    ...state,
    balance,
    orderTicketNext: orderTicket + 1,
    dealTicketNext: deal.ticket + 1,
  };
  return { state: next, deals: [deal], orders: [order] };
}

function closingOrder({ ticket, symbol, side }: OpenPosition, volume: Steps): OrderBody {
  return { positionTicket: ticket, symbol, side: opposite[side], volume };
}

function levelsOf({ stopLoss, takeProfit }: { stopLoss?: Price; takeProfit?: Price }) {
  return {
    ...(stopLoss === undefined ? {} : { stopLoss }),
    ...(takeProfit === undefined ? {} : { takeProfit }),
  };
}

function replaced(booked: Booked, old: OpenPosition, now: OpenPosition | undefined): Booked {
  const positions =
    now === undefined
      ? booked.state.positions.filter(({ ticket }) => ticket !== old.ticket)
      : booked.state.positions.map((each) => (each.ticket === old.ticket ? now : each));
  return { ...booked, state: { ...booked.state, positions } };
}
