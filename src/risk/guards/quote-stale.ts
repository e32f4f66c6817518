import type { Denial } from '../../domain/account-event.ts';
import { isUnread } from './broker-unread.ts';
import type { EntryRisk } from './guard.ts';

/** A quote older than this is a closed or silent market. */
const quoteAgeMaxMs = 120_000;

/**
 * Entries need a quote of now, in market time. Observed and allowed are milliseconds. Whether the market is open nobody
 * knows while the broker is unread, and `broker-unread` says so.
 */
export function quoteStale(risk: EntryRisk): Denial | undefined {
  if (isUnread(risk)) return undefined;
  const { at, quoteAt } = risk;
  if (quoteAt === undefined) {
    return { limit: 'quote-stale', observed: at, allowed: quoteAgeMaxMs };
  }
  const ageMs = at - quoteAt;
  if (ageMs <= quoteAgeMaxMs) return undefined;
  return { limit: 'quote-stale', observed: ageMs, allowed: quoteAgeMaxMs };
}
