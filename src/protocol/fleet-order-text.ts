import type { FleetOrder } from '../domain/account.ts';

/** What holds for the whole fleet, in one sentence; without an order every account is what it is by itself. */
export function fleetOrderText(order: FleetOrder | undefined): string {
  if (order === undefined) return 'the fleet is released: every account is what it is by itself';
  const { state, isKill, by } = order;
  const how = isKill ? 'killed, everything is closed' : state;
  return `the fleet is ${how}, by ${by}: it holds for whoever joins, and over restarts`;
}
