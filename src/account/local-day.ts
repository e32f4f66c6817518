import type { EpochMs } from '../domain/units.ts';
import type { AccountPolicy } from './policy.ts';

const dayMs = 86_400_000;

/** The number of the account's local day that a moment of market time lies in; UTC without a policy. */
export function dayOf(at: EpochMs, policy: AccountPolicy | undefined): number {
  return Math.floor((at + (policy?.dayOffsetMs ?? 0)) / dayMs);
}
