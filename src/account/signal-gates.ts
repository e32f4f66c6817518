import type { Thresholds } from '../domain/prediction.ts';
import type { SignalGates } from '../strategy/signal.ts';
import type { InTheMaking } from './in-the-making.ts';
import type { AccountPolicy } from './policy.ts';

/** What a prediction has to pass: the account's own thresholds, else those of the models; by its weights, where it has some. */
export function signalGates(policy: AccountPolicy, models: Thresholds): SignalGates {
  const gates: InTheMaking<SignalGates> = {
    confidenceMin: policy.confidenceMin ?? models.confidenceMin,
    gapMin: policy.gapMin ?? models.gapMin,
    votesMin: policy.votesMin,
  };
  if (policy.regimeWeights) gates.regimeWeights = policy.regimeWeights;
  return gates;
}
