import type { Denial } from '../../domain/account-event.ts';
import type { AccountRisk } from './guard.ts';

/** Entries need a balance that the deals explain: what is missing may be a loss that no guard has counted yet. */
export function balanceUnexplained(risk: AccountRisk): Denial | undefined {
  const observed = Math.abs(risk.balanceDoubted ?? 0);
  return observed === 0 ? undefined : { limit: 'balance-unexplained', observed, allowed: 0 };
}
