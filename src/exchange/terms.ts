import { assert } from '../domain/assert.ts';
import type { Instrument } from '../domain/instrument.ts';
import type { Intrabar } from './touch.ts';

/** What a broker lets one account trade, and what it charges for it. */
export type ExchangeTerms = {
  readonly account: AccountTerms;
  /** By logical symbol. */
  readonly markets: Readonly<Record<string, MarketTerms>>;
};

export type AccountTerms = {
  readonly login: number;
  readonly currency: string;
  readonly currencyDigits: number;
  readonly leverage: number;
  /** Hedging: every order has a position of its own. Netting: one position per symbol. */
  readonly isHedging: boolean;
};

export type MarketTerms = {
  readonly instrument: Instrument;
  /** Length of the bars that are played. */
  readonly barMs: number;
  readonly intrabar: Intrabar;
  /** Constant and adverse, on market orders and stops. A take profit is a limit: it fills at its price or better. */
  readonly slippagePoints: number;
  /** Per lot and side, in the account's currency; positive is paid. */
  readonly commissionPerLot: number;
  /** Per lot and night, in points; negative is paid. */
  readonly swapLongPoints: number;
  readonly swapShortPoints: number;
};

/** The terms of a symbol that is traded here; another one is a bug of the caller. */
export function marketOf(terms: ExchangeTerms, symbol: string): MarketTerms {
  const market = terms.markets[symbol];
  assert(market, () => `${symbol} is not traded here`);
  return market;
}
