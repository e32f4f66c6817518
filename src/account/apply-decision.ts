import type { DecisionSnapshot } from '../domain/account-snapshot.ts';
import type { Momentum } from '../strategy/trailing.ts';
import type { DecisionFact } from './account-fact.ts';
import type { AccountState } from './account-state.ts';
import { traceParts } from './trace-parts.ts';

type Decided = Pick<AccountState, 'at'> & DecisionFact;

export function applyDecision(state: AccountState, fact: Decided): AccountState {
  const { counts } = state;
  const { series, barTime } = traceParts(fact.trace);
  const { symbol, prediction, verdict } = fact;
  const decided: AccountState = {
    ...state,
    decided: { ...state.decided, [series]: barTime },
    atrs: prediction ? { ...state.atrs, [symbol]: prediction.atr } : state.atrs,
    decision: snapshotOf(fact),
    counts: { ...counts, predictions: counts.predictions + 1, [verdict]: counts[verdict] + 1 },
  };
  const momentum = momentumOf(state, fact);
  return momentum ? { ...decided, momenta: { ...state.momenta, [symbol]: momentum } } : decided;
}

function snapshotOf(fact: Decided): DecisionSnapshot {
  const { trace, at, verdict, side, confidence, gap } = fact;
  const bare = { trace, at, verdict, confidence, gap };
  const sided = side ? { ...bare, side } : bare;
  return fact.verdict === 'entered' ? sided : { ...sided, denial: fact.denial };
}

function momentumOf({ policy }: AccountState, { prediction }: DecisionFact): Momentum | undefined {
  const decay = prediction?.features?.['momentum_decay'];
  const trend = prediction?.features?.['ema_slope_5'];
  if (!policy?.management?.trailing || decay === undefined || trend === undefined) return undefined;
  return { decay, trend };
}
