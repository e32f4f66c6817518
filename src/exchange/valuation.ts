import type { AccountView } from '../domain/account.ts';
import { assert } from '../domain/assert.ts';
import { lots, valuePerLot } from '../domain/instrument.ts';
import { direction, type Side } from '../domain/order.ts';
import type { Quote } from '../domain/quote.ts';
import { type Money, type Price, roundTo, type Steps } from '../domain/units.ts';
import type { ExchangeState, OpenPosition } from './state.ts';
import { type ExchangeTerms, type MarketTerms, marketOf } from './terms.ts';

/** Share of the margin that equity may fall to before the broker closes the worst position. */
export const stopOutLevel = 0.5;

/** Prices that positions are marked at, instead of the state's quotes: the extreme of a bar. */
export type Marks = (position: OpenPosition) => number;

/** What a position leaves at: a long at the bid, a short at the ask. */
export function exitPrice(side: Side, quote: Quote): Price {
  return side === 'buy' ? quote.bid : quote.ask;
}

/** What one enters at: a buy pays the ask, a sell gets the bid. */
export function entryPrice(side: Side, quote: Quote): Price {
  return side === 'buy' ? quote.ask : quote.bid;
}

export function quoteOf(state: ExchangeState, symbol: string): Quote {
  const quote = state.quotes[symbol];
  assert(quote, () => `${symbol} has no quote yet`);
  return quote;
}

/** The result of `volume` of a position at an exit price, rounded to the account's currency. */
export function profitAt(
  position: Pick<OpenPosition, 'side' | 'entry'>,
  volume: Steps,
  exit: number,
  market: MarketTerms,
  currencyDigits: number,
): Money {
  const { instrument } = market;
  const move = roundTo(direction[position.side] * (exit - position.entry), 8);
  const value = move * lots(instrument, volume) * valuePerLot(instrument);
  return roundTo(value, currencyDigits) as Money;
}

/** The open result of a position without swap, at the mark. */
export function openProfit(position: OpenPosition, terms: ExchangeTerms, mark: number): Money {
  const market = marketOf(terms, position.symbol);
  return profitAt(position, position.volume, mark, market, terms.account.currencyDigits);
}

/**
 * What a position ties up: volume x contract x price / leverage, in the account's currency. The contract's worth is
 * read from the tick value, so that a cent account counts cents.
 */
export function marginFor(
  volume: Steps,
  atPrice: number,
  market: MarketTerms,
  leverage: number,
): number {
  const { instrument } = market;
  return (lots(instrument, volume) * valuePerLot(instrument) * atPrice) / leverage;
}

/** The margin of all positions at their entries; both sides of a hedge pay. Not rounded. */
export function marginUsed(state: ExchangeState, terms: ExchangeTerms): number {
  let sum = 0;
  for (const { symbol, volume, entry } of state.positions) {
    sum += marginFor(volume, entry, marketOf(terms, symbol), terms.account.leverage);
  }
  return sum;
}

/** Balance and the open result of every position with its swap, at the quotes or at other marks. */
export function equityOf(state: ExchangeState, terms: ExchangeTerms, marks?: Marks): Money {
  const { currencyDigits } = terms.account;
  let sum: number = state.balance;
  for (const position of state.positions) {
    const mark = marks?.(position) ?? exitPrice(position.side, quoteOf(state, position.symbol));
    sum += openProfit(position, terms, mark) + roundTo(position.swap, currencyDigits);
  }
  return roundTo(sum, currencyDigits) as Money;
}

/** The account as its broker states it. */
export function accountView(state: ExchangeState, terms: ExchangeTerms): AccountView {
  const { login, currency, currencyDigits, leverage, isHedging } = terms.account;
  const equity = equityOf(state, terms);
  const margin = roundTo(marginUsed(state, terms), currencyDigits) as Money;
  return {
    login,
    currency,
    currencyDigits,
    leverage,
    isHedging,
    isTradeAllowed: true,
    balance: state.balance,
    equity,
    margin,
    freeMargin: roundTo(equity - margin, currencyDigits) as Money,
  };
}
