import type { BarPrices, Trace } from './bar.ts';
import type { EpochMs } from './units.ts';

/** The model's input for one bar: float64, in the order of the schema. */
export type FeatureVector = {
  readonly trace: Trace;
  readonly symbol: string;
  readonly barTime: EpochMs;
  /** The bar itself; nothing is computed from it. */
  readonly bar?: BarPrices;
  /** sha256 of the ordered names, see `features/schema.ts`. */
  readonly schemaHash: string;
  readonly values: Float64Array;
  /** Hash of the values, see `features/values-hash.ts`. */
  readonly valuesHash?: string;
};
