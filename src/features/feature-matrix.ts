import type { Bar } from '../domain/bar.ts';
import { FeatureColumns, type FeatureOptions } from './feature-engine.ts';
import { featureCount } from './schema.ts';

export type FeatureMatrix = {
  /** Index of the first bar that has a vector; the number of bars when none has. Every later bar has one. */
  readonly first: number;
  readonly columns: 62;
  readonly rows: number;
  /** Row after row: row `k` belongs to bar `first + k`. */
  readonly values: Float64Array;
};

/** The vectors of a whole series: the engine in a loop, equal to it bit for bit. Throws `FeatureInputError`. */
export function featureMatrix(bars: readonly Bar[], options: FeatureOptions): FeatureMatrix {
  const columns = new FeatureColumns(options);
  let first = bars.length;
  let values = new Float64Array(0);
  for (const [index, bar] of bars.entries()) {
    if (!columns.advance(bar)) continue;
    if (first === bars.length) {
      first = index;
      values = new Float64Array((bars.length - first) * featureCount);
    }
    columns.write(values, (index - first) * featureCount);
  }
  return { first, columns: 62, rows: bars.length - first, values };
}
