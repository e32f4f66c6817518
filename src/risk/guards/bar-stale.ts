import type { Denial } from '../../domain/account-event.ts';
import type { EntryRisk } from './guard.ts';

/** Entries are made on a bar that has just closed, not on one from before a gap. Milliseconds of market time. */
export function barStale({ at, signal, limits }: EntryRisk): Denial | undefined {
  const allowed = limits.guards?.barAgeMaxMs;
  if (allowed === undefined || signal === 'passed') return undefined;
  const observed = at - signal.barClosedAt;
  return observed > allowed ? { limit: 'bar-stale', observed, allowed } : undefined;
}
