import type { Denial } from '../../domain/account-event.ts';
import type { EntryRisk } from './guard.ts';
import type { TradingSession } from './guard-policy.ts';

const flagOf = {
  london: 'is_london_session',
  ny: 'is_ny_session',
  asian: 'is_asian_session',
} as const satisfies Record<TradingSession, string>;

/** One of the allowed sessions has to be open. Observed is how many of them are, allowed the least number. */
export function session({ signal, limits }: EntryRisk): Denial | undefined {
  const allowed = limits.guards?.sessions;
  if (allowed === undefined || signal === 'passed') return undefined;
  const isOpen = allowed.some((name) => signal.features[flagOf[name]] === 1);
  return isOpen ? undefined : { limit: 'session', observed: 0, allowed: 1 };
}
