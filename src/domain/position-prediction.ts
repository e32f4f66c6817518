import type { Trace } from './bar.ts';

/** What can be done about an open position. */
export type PositionAction = 'hold' | 'exit' | 'add';

/** They sum to 1. */
export type PositionProbabilities = Readonly<Record<PositionAction, number>>;

/** The position model's answer about one position at one bar. */
export type PositionPrediction = {
  readonly trace: Trace;
  /** Hash of the set that the model belongs to. */
  readonly modelHash: string;
  /** Mean of the members' calibrated probabilities. */
  readonly mean: PositionProbabilities;
  readonly members: Readonly<
    Record<string, { readonly calibrated: PositionProbabilities; readonly vote: PositionAction }>
  >;
};
