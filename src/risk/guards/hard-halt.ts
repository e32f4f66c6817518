import type { Denial } from '../../domain/account-event.ts';
import type { AccountRisk } from './guard.ts';
import { shareLost } from './share-lost.ts';

export const hardHaltLimit = 'hard-halt';

/** The loss of equity from the starting balance, as a share of that balance, from `hardHaltMax` on. */
export function hardHalt({ equity, startingBalance, limits }: AccountRisk): Denial | undefined {
  const allowed = limits.guards?.hardHaltMax;
  if (allowed === undefined) return undefined;
  const loss = (startingBalance ?? Number.NaN) - (equity ?? Number.NaN);
  const observed = shareLost(loss, startingBalance);
  return observed >= allowed ? { limit: hardHaltLimit, observed, allowed } : undefined;
}
