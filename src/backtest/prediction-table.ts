/** What the models give for every bar of a series, before it is calibrated: computed once for one series and one set. */
import type { Bar } from '../domain/bar.ts';
import type { MemberPrediction } from '../domain/prediction.ts';
import { featureMatrix } from '../features/feature-matrix.ts';
import { atrColumn, featureCount, guardColumns } from '../features/schema.ts';
import { valuesHash } from '../features/values-hash.ts';
import type { EnsembleAnswer } from '../inference/ensemble.ts';
import { classes } from '../inference/manifest.ts';
import type { LoadedModel } from '../inference/onnx-ensemble.ts';

export type PredictionTable = {
  readonly modelHash: string;
  /** Index of the first bar with features; the number of bars when none has. */
  readonly first: number;
  readonly rows: number;
  /** Members in their order. */
  readonly members: readonly string[];
  /** Row by row, member by member: buy, sell, hold. */
  readonly raw: Float32Array;
  /** Row by row: ATR(14) in price units, then the columns of `toldNames`. */
  readonly told: Float64Array;
  /** Row by row: the hash of all features, `hashBytes` long. */
  readonly hashes: Buffer;
};

/** Columns of the features that go along with a prediction. */
export const toldNames = Object.keys(guardColumns) as (keyof typeof guardColumns)[];
export const hashBytes = 16;

const rowsPerBatch = 1_000;

/**
 * @param onProgress told how many rows are done, of how many
 * @throws FeatureInputError
 */
export async function computePredictions(
  model: LoadedModel,
  { bars, roundStep }: { readonly bars: readonly Bar[]; readonly roundStep: number },
  onProgress: (done: number, rows: number) => void = () => {},
): Promise<PredictionTable> {
  const { first, rows, values } = featureMatrix(bars, { roundStep });
  const parts: RawAnswers[] = [];
  for (let from = 0; from < rows; from += rowsPerBatch) {
    const to = Math.min(rows, from + rowsPerBatch);
    const batch = Float32Array.from(values.subarray(from * featureCount, to * featureCount));
    parts.push(rawAnswers(await model.predictRows(batch, to - from)));
    onProgress(to, rows);
  }
  const members = parts[0]?.members ?? [];
  const raw = new Float32Array(rows * members.length * classes.length);
  let at = 0;
  for (const part of parts) {
    raw.set(part.raw, at);
    at += part.raw.length;
  }
  return { modelHash: model.hash, first, rows, members, raw, ...toldOf(values, rows) };
}

type RawAnswers = Pick<PredictionTable, 'members' | 'raw'>;

function rawAnswers(answers: readonly EnsembleAnswer[]): RawAnswers {
  const members = Object.keys(answers[0]?.members ?? {});
  const rows = answers.map((answer) =>
    members.flatMap((name) => {
      const { raw } = answer.members[name] as MemberPrediction;
      return classes.map((each) => raw[each]);
    }),
  );
  return { members, raw: Float32Array.from(rows.flat()) };
}

function toldOf(values: Float64Array, rows: number): Pick<PredictionTable, 'told' | 'hashes'> {
  const columns = [atrColumn, ...toldNames.map((name) => guardColumns[name])];
  const told = new Float64Array(rows * columns.length);
  const hashes = Buffer.alloc(rows * hashBytes);
  for (let row = 0; row < rows; row += 1) {
    const vector = values.subarray(row * featureCount, (row + 1) * featureCount);
    for (const [place, from] of columns.entries()) {
      told[row * columns.length + place] = vector[from] as number;
    }
    hashes.write(valuesHash(vector), row * hashBytes, 'hex');
  }
  return { told, hashes };
}
