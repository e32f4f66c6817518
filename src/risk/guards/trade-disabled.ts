import type { Denial } from '../../domain/account-event.ts';
import { isUnread } from './broker-unread.ts';
import type { EntryRisk } from './guard.ts';

/** The broker must allow entries: for the account and for the instrument. While it is unread, `broker-unread` says so. */
export function tradeDisabled(risk: EntryRisk): Denial | undefined {
  if (isUnread(risk)) return undefined;
  const { isTradeAllowed, isTradable } = risk;
  if (isTradeAllowed === true && isTradable === true) return undefined;
  return { limit: 'trade-disabled', observed: 0, allowed: 1 };
}
