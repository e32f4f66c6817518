import { assert } from '../domain/assert.ts';
import type { PolicyChange } from './account-fact.ts';
import type { AccountInput } from './input.ts';
import type { AccountPolicy } from './policy.ts';
import type { Turn } from './turn.ts';

/**
 * A new incarnation: starting and recovering are the same. Calls whose answer was not journalled are of unknown
 * outcome, and the broker is asked about everything before anything is decided.
 */
export function open(turn: Turn, input: Extract<AccountInput, { type: 'opened' }>): void {
  const { epoch, absenceProof, policy, ioAt } = input;
  assert(epoch >= turn.state.epoch, `epoch ${epoch} was replaced by ${turn.state.epoch}`);
  assert(policy.account === turn.account, `the policy of ${policy.account} is not ours`);
  turn.record({ type: 'incarnation-started', epoch, absenceProof });
  configure(turn, policy);
  for (const { intent, status } of Object.values(turn.state.orders)) {
    if (status !== 'sending') continue;
    const reason = 'the engine stopped before the answer';
    turn.record({ type: 'order-unresolved', orderId: intent.order.id, reason, ioAt });
  }
  turn.announce({
    type: 'started',
    epoch,
    state: turn.state.trading.state,
    openPositions: Object.keys(turn.state.positions).length,
  });
  turn.reconcile({ afterMs: 0 });
}

/** Takes effect with the next thing that is decided. */
export function configure(turn: Turn, policy: AccountPolicy): void {
  const former = turn.state.policy;
  const changes = changesBetween(former, policy);
  if (former?.hash === policy.hash && changes.length === 0) return;
  turn.record({
    type: 'policy-changed',
    ...(former && { from: former.hash }),
    policy,
    changes: former ? changes : [],
  });
}

function changesBetween(
  former: AccountPolicy | undefined,
  policy: AccountPolicy,
): readonly PolicyChange[] {
  const before: Readonly<Record<string, unknown>> = former ?? {};
  const after: Readonly<Record<string, unknown>> = policy;
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys
    .filter((key) => key !== 'hash' && JSON.stringify(before[key]) !== JSON.stringify(after[key]))
    .map((key) => ({ key, from: before[key], to: after[key] }));
}
