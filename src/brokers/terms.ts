import type { AccountTerms, SymbolTerms } from '../domain/broker-terms.ts';

/** What only an audit asks of a terminal; nothing here depends on its clock. Rejects as `Quotes` does. */
export type Terms = {
  accountTerms(signal: AbortSignal): Promise<AccountTerms>;
  symbolTerms(symbol: string, signal: AbortSignal): Promise<SymbolTerms>;
  serverKind(signal: AbortSignal): Promise<ServerKind>;
};

/**
 * What the answer to `/ping` tells of the server, which names no version: from 4.3.0 on it has a `mode`; the other
 * dialect tells the time instead.
 */
export type ServerKind = '4.3.0 or later' | 'before 4.3.0' | 'other dialect';
