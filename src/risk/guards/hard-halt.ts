import type { Denial } from '../../domain/account-event.ts';
import type { AccountRisk } from './guard.ts';

export const hardHaltLimit = 'hard-halt';

/** The loss of equity from the starting balance, as a share of that balance, from `hardHaltMax` on. */
export function hardHalt({ equity, startingBalance, limits }: AccountRisk): Denial | undefined {
  const allowed = limits.guards?.hardHaltMax;
  if (allowed === undefined) return undefined;
  const observed =
    equity === undefined || startingBalance === undefined || startingBalance <= 0
      ? 1
      : (startingBalance - equity) / startingBalance;
  return observed >= allowed ? { limit: hardHaltLimit, observed, allowed } : undefined;
}
