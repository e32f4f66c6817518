import type { Denial } from '../../domain/account-event.ts';
import type { AccountRisk } from './guard.ts';

/** Entries need a broker that was read in this incarnation, and whose last read did not fail. */
export function brokerUnread({ isRead, readFailures }: AccountRisk): Denial | undefined {
  if (isRead && readFailures === 0) return undefined;
  return { limit: 'broker-unread', observed: Math.max(1, readFailures), allowed: 0 };
}
