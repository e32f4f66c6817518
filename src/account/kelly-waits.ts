import { isSame } from '../domain/is-same.ts';
import type { KellyPlan } from '../risk/kelly.ts';
import type { AccountState } from './account-state.ts';
import type { AccountPolicy } from './policy.ts';
import { hashedPolicy } from './policy-hash.ts';

/** No position of ours and no order whose outcome is open: nothing was sized by the Kelly settings in force. */
export function holdsNothing({ positions, orders }: AccountState): boolean {
  return Object.keys(positions).length === 0 && Object.keys(orders).length === 0;
}

/**
 * What of a policy is in force now: an account that holds something keeps its Kelly settings until it is flat. They are
 * those of the policy that it has, so a restart with other files changes nothing about that.
 */
export function policyInForce(state: AccountState, wanted: AccountPolicy): AccountPolicy {
  const former = state.policy;
  if (!former || isSame(former.kelly, wanted.kelly) || holdsNothing(state)) return wanted;
  const { hash: _, kelly: __, ...others } = wanted;
  return hashedPolicy({ ...others, ...(former.kelly && { kelly: former.kelly }) });
}

/** `classical x 1, at most 0.5, skip`: as people hear of it. */
export function kellyText(kelly: KellyPlan | undefined): string {
  if (kelly === undefined) return 'off';
  const { formula, multiplier, max, atNoEdge } = kelly;
  return `${formula} x ${multiplier}, at most ${max}, without an edge ${atNoEdge}`;
}
