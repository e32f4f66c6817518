import type { Prediction } from '../domain/prediction.ts';
import type { EpochMs } from '../domain/units.ts';
import { equityCurveLimit } from '../risk/guards/equity-curve.ts';
import { assessPrediction, type Judged } from '../strategy/signal.ts';
import type { AccountState } from './account-state.ts';
import { dayOf } from './local-day.ts';
import type { AccountPolicy } from './policy.ts';
import { signalGates } from './signal-gates.ts';

/**
 * Whether nothing stays of a bar without a signal but what the next bar says anew: the account holds nothing, waits for
 * nothing, no day begins, and no guard that time alone would open has latched. Whoever plays years of bars may leave such
 * a bar out and only count it: after the next one that is decided the state is the same, but for `counts`.
 *
 * @param at market time of the decision
 */
export function isQuiet(state: AccountState, at: EpochMs): boolean {
  const { policy, day } = state;
  return policy !== undefined && isAtRest(state) && day?.index === dayOf(at, policy);
}

/** The gate that a prediction does not pass; undefined for a signal. */
export function closedGate(
  policy: AccountPolicy,
  prediction: Judged & Pick<Prediction, 'thresholds'>,
): string | undefined {
  const signal = assessPrediction(prediction, signalGates(policy, prediction.thresholds));
  return signal.verdict === 'held' ? signal.gate.limit : undefined;
}

/** The fleet's ledger is told of every bar that is decided. */
function isAtRest(state: AccountState): boolean {
  const { isRead, isFlattening, readFailures, policy, policyWaiting, tripped } = state;
  const isWaiting = !isRead || isFlattening || readFailures > 0 || policyWaiting !== undefined;
  if (isWaiting || policy?.guards?.fleet !== undefined || tripped[equityCurveLimit]) return false;
  return (
    state.watched.length === 0 &&
    state.books?.positions.length === 0 &&
    isEmpty(state.positions) &&
    isEmpty(state.orders)
  );
}

function isEmpty(record: object): boolean {
  for (const _ in record) return false;
  return true;
}
