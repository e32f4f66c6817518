import type { EpochMs, Price } from './units.ts';

/** What one could trade at, at one moment of market time. `ask >= bid`. */
export type Quote = { readonly bid: Price; readonly ask: Price; readonly at: EpochMs };
