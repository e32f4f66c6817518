import { assert } from '../domain/assert.ts';
import { isSame } from '../domain/is-same.ts';
import type { PolicyChange } from './account-fact.ts';
import type { AccountInput } from './input.ts';
import { holdsNothing, kellyText, policyInForce } from './kelly-waits.ts';
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
  for (const { intent, stage } of Object.values(turn.state.orders)) {
    if (stage !== 'sending') continue;
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

/** Takes effect with the next thing that is decided; Kelly settings only on an account that holds nothing. */
export function configure(turn: Turn, wanted: AccountPolicy): void {
  const { policy: former, policyWaiting: formerWaiting } = turn.state;
  const policy = policyInForce(turn.state, wanted);
  const waiting = isSame(policy.kelly, wanted.kelly) ? undefined : wanted;
  const changes = changesBetween(former, policy);
  const isNew = former?.hash !== policy.hash || changes.length > 0;
  if (!isNew && formerWaiting?.hash === waiting?.hash) return;
  turn.record({
    type: 'policy-changed',
    ...(former && { from: former.hash }),
    policy,
    changes: former ? changes : [],
    ...(waiting && { waiting }),
  });
  tellKelly(turn, formerWaiting, policy.kelly);
}

/** Flat: what waited for it is in force from now on. */
export function configureWhenFlat(turn: Turn): void {
  const { policy, policyWaiting: wanted } = turn.state;
  if (!wanted || !holdsNothing(turn.state)) return;
  configure(turn, wanted);
  const values = `${kellyText(policy?.kelly)} -> ${kellyText(wanted.kelly)}`;
  turn.announce({ type: 'alert', reason: `flat: ${kellyKeys} is in force now: ${values}` });
}

const kellyKeys = 'kelly_lot_sizing.*';

/** What waits, and what waits no more because it was taken back. What is in force at once is no news: who changed it is told by others. */
function tellKelly(
  turn: Turn,
  formerWaiting: AccountPolicy | undefined,
  inForce: AccountPolicy['kelly'],
): void {
  const { policyWaiting: waiting } = turn.state;
  if (waiting && !(formerWaiting && isSame(formerWaiting.kelly, waiting.kelly))) {
    const values = `${kellyText(inForce)} -> ${kellyText(waiting.kelly)}`;
    turn.announce({ type: 'alert', reason: `${kellyKeys} waits until flat: ${values}` });
  }
  if (formerWaiting && !waiting && !holdsNothing(turn.state)) {
    const reason = `${kellyKeys} stays ${kellyText(inForce)}: the change was taken back`;
    turn.announce({ type: 'alert', reason });
  }
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
