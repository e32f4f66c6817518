import type { Denial } from '../../domain/account-event.ts';
import type { EntryRisk } from './guard.ts';

/** Widest spread of the newest quote: in points, and as a share of ATR(14). A spread that is not known is too wide. */
export function spread({ spread: seen, atr, limits }: EntryRisk): Denial | undefined {
  const { spreadPointsMax, spreadAtrMax } = limits.guards ?? {};
  if (spreadPointsMax !== undefined) {
    const observed = known(seen?.points);
    if (observed > spreadPointsMax) {
      return { limit: 'spread-points', observed, allowed: spreadPointsMax };
    }
  }
  if (spreadAtrMax === undefined) return undefined;
  const observed = known(seen && atr > 0 ? seen.price / atr : undefined);
  return observed > spreadAtrMax
    ? { limit: 'spread-atr', observed, allowed: spreadAtrMax }
    : undefined;
}

/** What is not known is wider than any limit; a number, because a journal knows no infinity. */
function known(value: number | undefined): number {
  return value !== undefined && Number.isFinite(value) ? value : Number.MAX_SAFE_INTEGER;
}
