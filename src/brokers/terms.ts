import type { AccountTerms, SymbolTerms } from '../domain/broker-terms.ts';

/** What only an audit asks of a terminal; nothing here depends on its clock. Rejects as `Quotes` does. */
export type Terms = {
  accountTerms(signal: AbortSignal): Promise<AccountTerms>;
  symbolTerms(symbol: string, signal: AbortSignal): Promise<SymbolTerms>;
};
