import type { Prediction } from '../domain/prediction.ts';
import { rememberingLast } from '../domain/remembering-last.ts';
import type { AccountPolicy } from './policy.ts';

/** The same one for all accounts of a thread. */
const bareOf = rememberingLast((prediction: Prediction): Prediction => {
  const { features: _, trainedTo: __, ...bare } = prediction;
  return bare;
});

/** The prediction as a decision keeps it: what only guards, trailing stops and weights look at is kept where one of them is on. */
export function recordedPrediction(
  prediction: Prediction,
  {
    guards,
    management,
    regimeWeights,
  }: Pick<AccountPolicy, 'guards' | 'management' | 'regimeWeights'>,
): Prediction {
  const isWhole = guards !== undefined || management?.trailing || regimeWeights;
  return isWhole ? prediction : bareOf(prediction);
}
