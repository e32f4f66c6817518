import type { Denial } from '../../domain/account-event.ts';
import type { AccountRisk } from './guard.ts';

/** Losses in a row from `consecutiveLossesMax` on. A win or the next local day resets the count. 0 switches it off. */
export function circuitBreaker({ consecutiveLosses, limits }: AccountRisk): Denial | undefined {
  const { consecutiveLossesMax } = limits;
  if (consecutiveLossesMax <= 0 || consecutiveLosses < consecutiveLossesMax) return undefined;
  return {
    limit: 'circuit-breaker',
    observed: consecutiveLosses,
    allowed: consecutiveLossesMax - 1,
  };
}
