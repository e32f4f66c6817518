import type { Denial } from '../../domain/account-event.ts';
import type { EntryRisk } from './guard.ts';

/** While the outcome of an order is unknown, its symbol gets no other. */
export function unresolvedOrder({ unresolvedOrders }: EntryRisk): Denial | undefined {
  if (unresolvedOrders === 0) return undefined;
  return { limit: 'unresolved-order', observed: unresolvedOrders, allowed: 0 };
}
