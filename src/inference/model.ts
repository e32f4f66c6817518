import type { FeatureVector } from '../domain/feature-vector.ts';
import type { Prediction } from '../domain/prediction.ts';

/** The ensemble of one symbol, loaded and checked. */
export type Model = {
  readonly symbol: string;
  /** Hash of the model set: names every prediction that came from it. */
  readonly hash: string;
  /** Probabilities and votes for one vector; the same vector always gives the same bits. */
  predict(vector: FeatureVector): Promise<Prediction>;
  release(): Promise<void>;
};
