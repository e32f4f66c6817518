import type { Denial } from '../../domain/account-event.ts';
import type { EntryRisk } from './guard.ts';

/** The broker must allow entries: for the account and for the instrument. */
export function tradeDisabled({ isTradeAllowed, isTradable }: EntryRisk): Denial | undefined {
  if (isTradeAllowed === true && isTradable === true) return undefined;
  return { limit: 'trade-disabled', observed: 0, allowed: 1 };
}
