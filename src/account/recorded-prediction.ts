import type { Prediction } from '../domain/prediction.ts';
import type { AccountPolicy } from './policy.ts';

/** The prediction as a decision keeps it: what only guards compare is kept where one of them is on. */
export function recordedPrediction(
  prediction: Prediction,
  { guards }: Pick<AccountPolicy, 'guards'>,
): Prediction {
  if (guards !== undefined) return prediction;
  const { features: _, trainedTo: __, ...bare } = prediction;
  return bare;
}
