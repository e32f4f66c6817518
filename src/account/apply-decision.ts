import type { DecisionSnapshot } from '../domain/account-snapshot.ts';
import type { Momentum } from '../strategy/trailing.ts';
import type { DecisionFact } from './account-fact.ts';
import type { AccountState } from './account-state.ts';
import type { InTheMaking } from './in-the-making.ts';
import { traceParts } from './trace-parts.ts';

type Decided = Pick<AccountState, 'at'> & DecisionFact;

export function applyDecision(state: AccountState, fact: Decided): AccountState {
  const { counts } = state;
  const { series, barTime } = traceParts(fact.trace);
  const { symbol, prediction, verdict } = fact;
  const decided: InTheMaking<AccountState> = {
    ...state,
    decided: { ...state.decided, [series]: barTime },
    decision: snapshotOf(fact),
    counts: { ...counts, predictions: counts.predictions + 1, [verdict]: counts[verdict] + 1 },
  };
  if (prediction) decided.atrs = { ...state.atrs, [symbol]: prediction.atr };
  const momentum = momentumOf(state, fact);
  if (momentum) decided.momenta = { ...state.momenta, [symbol]: momentum };
  return decided;
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
