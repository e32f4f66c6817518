import type { Denial } from '../../domain/account-event.ts';
import type { AccountRisk } from './guard.ts';

/** The engine is shutting down, or the account was taken out of it: exits are managed, nothing is entered. */
export function stopping({ limits }: AccountRisk): Denial | undefined {
  if (limits.entriesStopped === undefined) return undefined;
  return { limit: 'stopping', observed: 1, allowed: 0 };
}
