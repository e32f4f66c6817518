import type { Denial } from '../../domain/account-event.ts';
import type { EntryRisk } from './guard.ts';

/** Where the position model makes the exits, nothing is entered without it: SL and TP are for catastrophes alone then. */
export function exitModel({ signal, limits }: EntryRisk): Denial | undefined {
  if (limits.management?.primaryExit === undefined || signal === 'passed') return undefined;
  return signal.hasPositionModel === true
    ? undefined
    : { limit: 'exit-model', observed: 0, allowed: 1 };
}
