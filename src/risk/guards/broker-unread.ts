import type { Denial } from '../../domain/account-event.ts';
import type { AccountRisk } from './guard.ts';

/** Whether the newest word of the broker is none of this incarnation, or older than a read that failed. */
export function isUnread({ isRead, readFailures }: AccountRisk): boolean {
  return !isRead || readFailures > 0;
}

/** Entries need a broker that was read in this incarnation, and whose last read did not fail. */
export function brokerUnread(risk: AccountRisk): Denial | undefined {
  if (!isUnread(risk)) return undefined;
  return { limit: 'broker-unread', observed: Math.max(1, risk.readFailures), allowed: 0 };
}
