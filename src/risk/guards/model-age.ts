import type { Denial } from '../../domain/account-event.ts';
import type { EntryRisk } from './guard.ts';

/** Models know the market up to the end of their training data, and only for so long. Milliseconds of market time. */
export function modelAge({ at, signal, limits }: EntryRisk): Denial | undefined {
  const allowed = limits.guards?.modelAgeMaxMs;
  if (allowed === undefined || signal === 'passed') return undefined;
  const observed = at - (signal.trainedTo ?? 0);
  return observed > allowed ? { limit: 'model-age', observed, allowed } : undefined;
}
