import type { Prediction } from '../domain/prediction.ts';
import type { AccountPolicy } from './policy.ts';

/** The prediction as a decision keeps it: what only guards and trailing stops look at is kept where one of them is on. */
export function recordedPrediction(
  prediction: Prediction,
  { guards, management }: Pick<AccountPolicy, 'guards' | 'management'>,
): Prediction {
  if (guards !== undefined || management?.trailing) return prediction;
  const { features: _, trainedTo: __, ...bare } = prediction;
  return bare;
}
