import type { Denial } from '../../domain/account-event.ts';
import type { EntryRisk } from './guard.ts';

/** Orders of the account, every attempt counted, in a window of market time that ends now. */
export function orderRate({ at, orderTimes, limits }: EntryRisk): Denial | undefined {
  const rate = limits.guards?.orderRate;
  if (rate === undefined) return undefined;
  const observed = orderTimes.filter((time) => time > at - rate.windowMs).length + 1;
  if (observed <= rate.ordersMax) return undefined;
  return { limit: 'order-rate', observed, allowed: rate.ordersMax };
}
