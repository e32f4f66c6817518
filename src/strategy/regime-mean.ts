import { assert } from '../domain/assert.ts';
import type { Prediction, Probabilities } from '../domain/prediction.ts';
import { type Regime, regimeOf } from './regime.ts';

/**
 * What each model's word counts, regime by regime: 1 where a model is not named, 0 leaves it out. A regime that is not
 * named has the plain mean.
 */
export type RegimeWeights = Readonly<Partial<Record<Regime, Readonly<Record<string, number>>>>>;

/** What the models say together in the regime of the bar. */
export type RegimeMean = { readonly regime: Regime; readonly mean: Probabilities };

/** What of a prediction is weighed. */
export type Weighed = Pick<Prediction, 'mean' | 'features'> & {
  readonly members: Readonly<Record<string, { readonly calibrated?: Probabilities }>>;
};

/**
 * The sum over the models of weight × calibrated probability, scaled to sum 1, with the weights of the regime that the
 * bar stands in. Undefined where nobody can say it: the regime is not known, or no model that answered has a weight in it.
 */
export function regimeMean(prediction: Weighed, weights: RegimeWeights): RegimeMean | undefined {
  const regime = regimeOf(prediction.features ?? {});
  if (regime === undefined) return undefined;
  const own = weights[regime];
  const mean = own === undefined ? prediction.mean : weightedMean(prediction.members, own);
  return mean && { regime, mean };
}

function weightedMean(
  members: Weighed['members'],
  weights: Readonly<Record<string, number>>,
): Probabilities | undefined {
  let [buy, sell, hold] = [0, 0, 0];
  for (const name in members) {
    const calibrated = members[name]?.calibrated;
    assert(calibrated, () => `${name} is weighed without its probabilities`);
    const weight = weights[name] ?? 1;
    buy += weight * calibrated.buy;
    sell += weight * calibrated.sell;
    hold += weight * calibrated.hold;
  }
  const total = buy + sell + hold;
  return total > 0 ? { buy: buy / total, sell: sell / total, hold: hold / total } : undefined;
}
