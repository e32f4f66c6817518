import type { Denial } from '../../domain/account-event.ts';
import type { EntryRisk } from './guard.ts';

/** One position per symbol; a position opened by somebody else counts. */
export function positionOpen({ positionsOpen }: EntryRisk): Denial | undefined {
  if (positionsOpen === 0) return undefined;
  return { limit: 'position-open', observed: positionsOpen, allowed: 0 };
}
