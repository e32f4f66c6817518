import type { BarPrices, Trace } from './bar.ts';
import type { EpochMs, Price } from './units.ts';

/** Probabilities of the three classes; they sum to 1. */
export type Probabilities = { readonly buy: number; readonly sell: number; readonly hold: number };
export type PredictedClass = keyof Probabilities;

/** One model's answer. */
export type MemberPrediction = {
  /** As the model gave them. */
  readonly raw: Probabilities;
  /** After isotonic calibration, normalised to sum 1. */
  readonly calibrated: Probabilities;
  /** The class of the highest calibrated probability. */
  readonly vote: PredictedClass;
};

/** The ensemble's answer to one bar, the same for every account. Whether it is a signal is the account's decision. */
export type Prediction = {
  readonly trace: Trace;
  readonly symbol: string;
  /** Open time of the bar that it was made on. */
  readonly barTime: EpochMs;
  /** The bar itself, so that a decision can be read without the bars; absent in journals of earlier programs. */
  readonly bar?: BarPrices;
  /** Hash of the model set. */
  readonly modelHash: string;
  /** Hash of the features that it was made from; absent where nobody computed one. */
  readonly featuresHash?: string;
  /** Mean of the members' calibrated probabilities. */
  readonly mean: Probabilities;
  readonly members: Readonly<Record<string, MemberPrediction>>;
  /** ATR(14) of the bar, in price units: stops are laid from it. */
  readonly atr: Price;
  /** Values of the feature vector that guards compare, by the names of the feature schema. */
  readonly features?: Readonly<Record<string, number>>;
  /** The end of the data that the models were trained on. */
  readonly trainedTo?: EpochMs;
  /** Whether the set has a model of open positions, too. */
  readonly hasPositionModel?: true;
  /** The manifest's thresholds, for accounts that configure none. */
  readonly thresholds: Thresholds;
};

/** When a prediction counts as a signal. */
export type Thresholds = {
  /** Least mean calibrated probability of the winning class. */
  readonly confidenceMin: number;
  /** Least distance between the two highest mean probabilities. */
  readonly gapMin: number;
};
