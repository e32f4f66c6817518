import type { Denial } from '../../domain/account-event.ts';
import type { EntryRisk } from './guard.ts';

/** A dead market pays the spread and nothing else: entries need an ATR of at least `atrMin`, and of more than 0. */
export function atrFloor({ atr, limits }: EntryRisk): Denial | undefined {
  if (atr > 0 && atr >= limits.atrMin) return undefined;
  return { limit: 'atr-floor', observed: Number.isFinite(atr) ? atr : 0, allowed: limits.atrMin };
}
