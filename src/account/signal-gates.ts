import type { Thresholds } from '../domain/prediction.ts';
import type { SignalGates } from '../strategy/signal.ts';
import type { AccountPolicy } from './policy.ts';

/** What a prediction has to pass: the account's own thresholds, else those of the models; by its weights, where it has some. */
export function signalGates(policy: AccountPolicy, models: Thresholds): SignalGates {
  return {
    confidenceMin: policy.confidenceMin ?? models.confidenceMin,
    gapMin: policy.gapMin ?? models.gapMin,
    votesMin: policy.votesMin,
    ...(policy.regimeWeights && { regimeWeights: policy.regimeWeights }),
  };
}
