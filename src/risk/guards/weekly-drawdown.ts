import type { Denial } from '../../domain/account-event.ts';
import type { AccountRisk } from './guard.ts';
import { shareLost } from './share-lost.ts';

export const weeklyDrawdownLimit = 'weekly-drawdown';

/**
 * The loss of equity since the local week began, as a share of the equity then, from `weeklyDrawdownMax` on. Once
 * tripped it denies until the next local Monday, whatever the equity does.
 */
export function weeklyDrawdown(risk: AccountRisk): Denial | undefined {
  const allowed = risk.limits.guards?.weeklyDrawdownMax;
  if (allowed === undefined) return undefined;
  const tripped = risk.tripped[weeklyDrawdownLimit];
  if (tripped) return tripped;
  const { equity, weekStartEquity } = risk;
  const loss = (weekStartEquity ?? Number.NaN) - (equity ?? Number.NaN);
  const observed = shareLost(loss, weekStartEquity);
  return observed >= allowed ? { limit: weeklyDrawdownLimit, observed, allowed } : undefined;
}
