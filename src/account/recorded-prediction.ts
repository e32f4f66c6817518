import type { Prediction } from '../domain/prediction.ts';
import type { AccountPolicy } from './policy.ts';

/** The prediction as a decision keeps it: what only guards, trailing stops and weights look at is kept where one of them is on. */
export function recordedPrediction(
  prediction: Prediction,
  {
    guards,
    management,
    regimeWeights,
  }: Pick<AccountPolicy, 'guards' | 'management' | 'regimeWeights'>,
): Prediction {
  if (guards !== undefined || management?.trailing || regimeWeights) return prediction;
  const { features: _, trainedTo: __, ...bare } = prediction;
  return bare;
}
