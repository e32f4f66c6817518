import type { FeatureVector } from '../domain/feature-vector.ts';
import type { PositionPrediction } from '../domain/position-prediction.ts';
import type { Prediction } from '../domain/prediction.ts';

/** The ensemble of one symbol, loaded and checked. */
export type Model = {
  readonly symbol: string;
  /** Hash of the model set: names every prediction that came from it. */
  readonly hash: string;
  /** Probabilities and votes for one vector; the same vector always gives the same bits. */
  predict(vector: FeatureVector): Promise<Prediction>;
  /** The set's model of open positions, where it has one. */
  readonly position?: PositionModel | undefined;
  release(): Promise<void>;
};

/** Judges open positions: hold, exit or add. */
export type PositionModel = {
  /**
   * @param vector the market features of a bar
   * @param state what there is to know of the position, see `strategy/position-state.ts`
   */
  predict(vector: FeatureVector, state: readonly number[]): Promise<PositionPrediction>;
};
