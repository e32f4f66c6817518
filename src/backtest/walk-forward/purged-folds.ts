/** Folds for training and judging models in time, without a label that knows of the other side. */

/** Rows of a data set, oldest first: when each row's bar opened, and when the last bar that its label looks at closed. */
export type LabelledTimes = {
  readonly openTimes: readonly number[];
  readonly settledAt: readonly number[];
};

export type PurgedFold = {
  /** Rows that are tested on: neighbours. */
  readonly test: { readonly first: number; readonly last: number };
  /** Rows that may be trained on, ascending. */
  readonly train: readonly number[];
};

/**
 * Neighbouring test folds of equal size, and for each the rows to train on: none whose label looks into the fold's time
 * or whose bar lies in what the fold's labels look at (purged), and none that begins within the embargo after that.
 *
 * M. López de Prado, Advances in Financial Machine Learning (2018), chapter 7.
 *
 * @param options.embargoMs usually the horizon of the labels
 * @param options.train `before`: only what is older than the fold, as a model is trained in time; `around`: what is newer, too
 */
export function purgedFolds(
  { openTimes, settledAt }: LabelledTimes,
  options: {
    readonly folds: number;
    readonly embargoMs: number;
    readonly train: 'before' | 'around';
  },
): readonly PurgedFold[] {
  const { folds, embargoMs } = options;
  const rows = openTimes.length;
  return Array.from({ length: folds }, (_, fold) => {
    const first = Math.floor((fold * rows) / folds);
    const last = Math.floor(((fold + 1) * rows) / folds) - 1;
    const from = openTimes[first] ?? Number.POSITIVE_INFINITY;
    const to = settledAt.slice(first, last + 1).reduce((a, b) => Math.max(a, b), from);
    const isTrained = (row: number) => {
      if ((settledAt[row] as number) <= from) return row < first;
      return (
        options.train === 'around' && row > last && (openTimes[row] as number) >= to + embargoMs
      );
    };
    const train = openTimes.map((_time, row) => row).filter(isTrained);
    return { test: { first, last }, train };
  });
}
