import type { DecisionFact } from './account-fact.ts';
import type { AccountState } from './account-state.ts';
import { traceParts } from './trace-parts.ts';

type Decided = Pick<AccountState, 'at'> & DecisionFact;

export function applyDecision(state: AccountState, fact: Decided): AccountState {
  const { counts } = state;
  const { series, barTime } = traceParts(fact.trace);
  return {
    ...state,
    decided: { ...state.decided, [series]: barTime },
    ...(fact.prediction && { atrs: { ...state.atrs, [fact.symbol]: fact.prediction.atr } }),
    ...withMomentum(state, fact),
    decision: {
      trace: fact.trace,
      at: fact.at,
      verdict: fact.verdict,
      ...(fact.side && { side: fact.side }),
      confidence: fact.confidence,
      gap: fact.gap,
      ...(fact.verdict !== 'entered' && { denial: fact.denial }),
    },
    counts: {
      ...counts,
      predictions: counts.predictions + 1,
      [fact.verdict]: counts[fact.verdict] + 1,
    },
  };
}

function withMomentum(
  { momenta, policy }: AccountState,
  { symbol, prediction }: DecisionFact,
): Pick<AccountState, 'momenta'> {
  const decay = prediction?.features?.['momentum_decay'];
  const trend = prediction?.features?.['ema_slope_5'];
  if (!policy?.management?.trailing || decay === undefined || trend === undefined) return {};
  return { momenta: { ...momenta, [symbol]: { decay, trend } } };
}
