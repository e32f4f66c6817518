import type { Bar } from '../../domain/bar.ts';
import { featureMatrix } from '../../features/feature-matrix.ts';
import { featureCount, featureNames } from '../../features/schema.ts';

/** How far a feature strays when the series begins later. */
export type HistoryEffect = {
  readonly name: string;
  /** Largest difference to the whole series, one for each length; undefined where no vector came of it. */
  readonly differences: readonly (number | undefined)[];
};

/**
 * Computes the features of the bars at `ends` from their last bars alone, as many as each of `lengths` says, and compares
 * with those of the whole series: recursions remember where a series began.
 *
 * @param ends indexes of bars, each with as many bars before it as the longest length
 */
export function historyEffects(
  bars: readonly Bar[],
  roundStep: number,
  { ends, lengths }: { readonly ends: readonly number[]; readonly lengths: readonly number[] },
): readonly HistoryEffect[] {
  const whole = featureMatrix(bars, { roundStep });
  const byLength = lengths.map((length) => {
    const largest = new Array<number | undefined>(featureCount).fill(undefined);
    for (const end of ends) {
      const part = featureMatrix(bars.slice(end + 1 - length, end + 1), { roundStep });
      if (part.rows === 0) continue;
      const partRow = part.values.subarray(-featureCount);
      const row = whole.values.subarray((end - whole.first) * featureCount);
      for (let column = 0; column < featureCount; column++) {
        const difference = Math.abs((partRow[column] as number) - (row[column] as number));
        largest[column] = Math.max(largest[column] ?? 0, difference);
      }
    }
    return largest;
  });
  return featureNames.map((name, column) => ({
    name,
    differences: byLength.map((largest) => largest[column]),
  }));
}
