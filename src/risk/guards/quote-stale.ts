import type { Denial } from '../../domain/account-event.ts';
import type { EntryRisk } from './guard.ts';

/** A quote older than this is a closed or silent market. */
const quoteAgeMaxMs = 120_000;

/** Entries need a quote of now, in market time. Observed and allowed are milliseconds. */
export function quoteStale({ at, quoteAt }: EntryRisk): Denial | undefined {
  if (quoteAt === undefined) {
    return { limit: 'quote-stale', observed: at, allowed: quoteAgeMaxMs };
  }
  const ageMs = at - quoteAt;
  if (ageMs <= quoteAgeMaxMs) return undefined;
  return { limit: 'quote-stale', observed: ageMs, allowed: quoteAgeMaxMs };
}
