import type { Denial } from '../../domain/account-event.ts';
import type { EntryRisk } from './guard.ts';

/** A market without a trend is left alone: ADX(14)/100 of the decided bar has to reach `adxMin`. */
export function adxRegime({ signal, limits }: EntryRisk): Denial | undefined {
  const allowed = limits.guards?.adxMin;
  if (allowed === undefined || signal === 'passed') return undefined;
  const { adx_14: adx } = signal.features;
  if (adx !== undefined && adx >= allowed) return undefined;
  return { limit: 'adx-regime', observed: Number.isFinite(adx) ? (adx as number) : 0, allowed };
}
