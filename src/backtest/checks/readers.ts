import type { AccountPolicy } from '../../account/policy.ts';
import { closedGate } from '../../account/quiet-bar.ts';
import { featureMatrix } from '../../features/feature-matrix.ts';
import { featureCount, featureNames, guardColumns } from '../../features/schema.ts';
import type { LoadedModel } from '../../inference/onnx-ensemble.ts';
import type { BarReader } from './look-ahead.ts';

/** All features, as the engine computes them. */
export function featureReader(roundStep: number): BarReader {
  return {
    names: featureNames,
    read: async (bars) => {
      const { first, values } = featureMatrix(bars, { roundStep });
      return async (from, to) =>
        Array.from({ length: to - from + 1 }, (_, row) => {
          const at = (from + row - first) * featureCount;
          return at < 0 ? undefined : values.subarray(at, at + featureCount);
        });
    },
  };
}

/** What the models say of a bar, and the gate of the account that keeps it from being a signal. */
export function decisionReader(
  model: LoadedModel,
  { roundStep, policy }: { readonly roundStep: number; readonly policy: AccountPolicy },
): BarReader {
  const { confidence_min: confidenceMin, gap_min: gapMin } = model.manifest.thresholds;
  const thresholds = { confidenceMin, gapMin };
  return {
    names: ['buy', 'sell', 'hold', 'decision'],
    read: async (bars) => {
      const { first, values } = featureMatrix(bars, { roundStep });
      return async (from, to) => {
        const begin = Math.max(from, first);
        const rows = Math.max(0, to - begin + 1);
        const at = (begin - first) * featureCount;
        const vectors = Float32Array.from(values.subarray(at, at + rows * featureCount));
        const answers = rows > 0 ? await model.predictRows(vectors, rows) : [];
        return Array.from({ length: to - from + 1 }, (_, row) => {
          const answer = answers[from + row - begin];
          if (!answer) return undefined;
          const { buy, sell, hold } = answer.mean;
          const features = toldOf(values, (from + row - first) * featureCount);
          const gate = closedGate(policy, { ...answer, features, thresholds });
          return [buy, sell, hold, gate ?? 'signal'];
        });
      };
    },
  };
}

/** The features that go along with a prediction. @param at where the vector of a bar begins */
function toldOf(values: Float64Array, at: number): Readonly<Record<string, number>> {
  const columns = Object.entries(guardColumns);
  return Object.fromEntries(columns.map(([name, place]) => [name, values[at + place] as number]));
}
