/** What a broker's API would tell of an account: the exchange's books in the words of `domain`. */
import type { Deal } from '../domain/deal.ts';
import { lots } from '../domain/instrument.ts';
import type { BrokerPosition } from '../domain/position.ts';
import { type Money, type Price, roundTo } from '../domain/units.ts';
import type { ExchangeDeal, ExchangeState } from './state.ts';
import { type ExchangeTerms, marketOf } from './terms.ts';
import { exitPrice, openProfit, quoteOf } from './valuation.ts';

/** Open positions at the quote; those with `magic` on them are owned. */
export function brokerPositions(
  state: ExchangeState,
  terms: ExchangeTerms,
  magic: number,
): BrokerPosition[] {
  return state.positions.map((position) => ({
    ticket: position.ticket,
    symbol: position.symbol,
    side: position.side,
    volume: position.volume,
    entry: shownEntry(position.entry, terms, position.symbol),
    ...(position.stopLoss === undefined ? {} : { stopLoss: position.stopLoss }),
    ...(position.takeProfit === undefined ? {} : { takeProfit: position.takeProfit }),
    openedAt: position.openedAt,
    profit: openProfit(position, terms, exitPrice(position.side, quoteOf(state, position.symbol))),
    swap: roundTo(position.swap, terms.account.currencyDigits) as Money,
    comment: position.comment,
    isOwned: position.magic === magic,
  }));
}

/** A booking as the broker lists it. A deal that turned a netting position around counts as its exit. */
export function brokerDeal(deal: ExchangeDeal, magic: number): Deal {
  if (deal.kind === 'balance') return deal;
  const { orderTicket: _orderTicket, magic: dealMagic, entry, ...rest } = deal;
  return { ...rest, entry: entry === 'inout' ? 'out' : entry, isOwned: dealMagic === magic };
}

/** The mean of several entries lies off the grid; three more decimals are shown than quotes have. */
export function shownEntry(entry: Price, terms: ExchangeTerms, symbol: string): Price {
  return roundTo(entry, marketOf(terms, symbol).instrument.digits + 3) as Price;
}

/** Lots of a position or deal, as the wire writes them. */
export function shownLots(
  { symbol, volume }: Pick<ExchangeState['positions'][number], 'symbol' | 'volume'>,
  terms: ExchangeTerms,
): number {
  return lots(marketOf(terms, symbol).instrument, volume);
}
