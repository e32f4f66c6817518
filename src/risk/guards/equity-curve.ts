import type { Denial } from '../../domain/account-event.ts';
import type { AccountRisk } from './guard.ts';
import { shareLost } from './share-lost.ts';

export const equityCurveLimit = 'equity-curve';

/**
 * The net loss over exactly the last `lookbackTrades` closed trades, as a share of the equity there is now, from
 * `drawdownMax` on. Once tripped it denies for its cooldown; after that the same trades do not trip it again, the next
 * one that closes may.
 */
export function equityCurve(risk: AccountRisk): Denial | undefined {
  const policy = risk.limits.guards?.equityCurve;
  if (policy === undefined) return undefined;
  const tripped = risk.tripped[equityCurveLimit];
  if (tripped) return tripped;
  const { recentProfits, closedSinceEquityCurve, equity } = risk;
  const { lookbackTrades, drawdownMax: allowed } = policy;
  if (recentProfits.length < lookbackTrades || closedSinceEquityCurve === 0) return undefined;
  const net = recentProfits.slice(-lookbackTrades).reduce((sum, profit) => sum + profit, 0);
  const observed = shareLost(-net, equity);
  return observed >= allowed ? { limit: equityCurveLimit, observed, allowed } : undefined;
}
