/** Which of the bars that the models were not trained on a sweep may choose by. */

export type SweepWindow = {
  /** Indices of the first and the last bar that is decided. */
  readonly first: number;
  readonly last: number;
  /** Index of the first bar that no set is ever given. The one before it only fills what `last` decides. */
  readonly holdout: number;
};

/**
 * The first 70 % of the out-of-sample bars, whatever their number: the last 30 % stay unseen, so that what was chosen can
 * be judged there. Undefined where they are too few for one decision and its fill.
 *
 * @param outOfSample indices of the first and the last bar that the models were not trained on
 */
export function sweepWindow({
  first,
  last,
}: {
  readonly first: number;
  readonly last: number;
}): SweepWindow | undefined {
  const seen = Math.floor(((last - first + 1) * 7) / 10);
  const holdout = first + seen;
  return seen < 2 ? undefined : { first, last: holdout - 2, holdout };
}
