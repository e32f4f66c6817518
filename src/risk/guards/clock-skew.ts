import type { Denial } from '../../domain/account-event.ts';
import type { EntryRisk } from './guard.ts';

const aheadMaxMs = 120_000;

/** A quote from the future: the terminal's clock or ours is wrong, and sessions, days and ages with it. Milliseconds. */
export function clockSkew({ at, quoteAt }: EntryRisk): Denial | undefined {
  if (quoteAt === undefined || quoteAt - at <= aheadMaxMs) return undefined;
  return { limit: 'clock-skew', observed: quoteAt - at, allowed: aheadMaxMs };
}
