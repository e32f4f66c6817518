import type { DecisionSnapshot } from '../domain/account-snapshot.ts';
import type { Momentum } from '../strategy/trailing.ts';
import type { DecisionFact } from './account-fact.ts';
import type { AccountState } from './account-state.ts';
import type { InTheMaking } from './in-the-making.ts';
import { copyOf } from './state-copy.ts';
import { traceParts } from './trace-parts.ts';
import { withKey } from './with-key.ts';

type Decided = Pick<AccountState, 'at'> & DecisionFact;

export function applyDecision(state: AccountState, fact: Decided): AccountState {
  const { series, barTime } = traceParts(fact.trace);
  const { symbol, prediction, verdict } = fact;
  const { predictions, entered, held, denied, closed } = state.counts;
  const counts = { predictions: predictions + 1, entered, held, denied, closed };
  counts[verdict] += 1;
  const after = copyOf(state);
  after.counts = counts;
  after.decided = withKey(state.decided, series, barTime);
  after.decision = snapshotOf(fact);
  if (prediction) after.atrs = withKey(state.atrs, symbol, prediction.atr);
  const momentum = momentumOf(state, fact);
  if (momentum) after.momenta = withKey(state.momenta, symbol, momentum);
  return after;
}

function snapshotOf(fact: Decided): DecisionSnapshot {
  const { trace, at, verdict, side, confidence, gap } = fact;
  const snapshot: InTheMaking<DecisionSnapshot> = { trace, at, verdict, confidence, gap };
  if (side) snapshot.side = side;
  if (fact.verdict !== 'entered') snapshot.denial = fact.denial;
  return snapshot;
}

function momentumOf({ policy }: AccountState, { prediction }: DecisionFact): Momentum | undefined {
  const decay = prediction?.features?.['momentum_decay'];
  const trend = prediction?.features?.['ema_slope_5'];
  if (!policy?.management?.trailing || decay === undefined || trend === undefined) return undefined;
  return { decay, trend };
}
