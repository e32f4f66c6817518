import type { Denial } from '../../domain/account-event.ts';
import type { AccountRisk } from './guard.ts';

/** Denies while the terminal has failed `readFailuresMax` reads in a row; its next answer clears it. */
export function terminalFailover({ readFailures, limits }: AccountRisk): Denial | undefined {
  if (readFailures < limits.readFailuresMax) return undefined;
  return {
    limit: 'terminal-failover',
    observed: readFailures,
    allowed: Math.max(0, limits.readFailuresMax - 1),
  };
}
