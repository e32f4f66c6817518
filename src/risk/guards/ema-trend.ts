import type { Denial } from '../../domain/account-event.ts';
import { direction } from '../../domain/order.ts';
import type { EntryRisk } from './guard.ts';

/**
 * Buys only above the EMA(200) of the close, sells only below. Observed is the distance of the price from it in the
 * direction of the trade, as a share of the price; it has to be more than 0.
 */
export function emaTrend({ signal, limits }: EntryRisk): Denial | undefined {
  if (limits.guards?.isEmaTrendOn !== true || signal === 'passed') return undefined;
  const { price_vs_ema200: distance } = signal.features;
  const observed = distance === undefined ? Number.NaN : direction[signal.side] * distance;
  if (observed > 0) return undefined;
  return { limit: 'ema-trend', observed: Number.isFinite(observed) ? observed : 0, allowed: 0 };
}
