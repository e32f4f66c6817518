import { join } from 'node:path';
import { traceParts } from '../../account/trace-parts.ts';
import type { PositionJudge } from '../../backtest/account-run.ts';
import { UsageError } from '../../config/usage-error.ts';
import { traceOf } from '../../domain/bar.ts';
import type { FeatureVector } from '../../domain/feature-vector.ts';
import type { Prediction } from '../../domain/prediction.ts';
import { epochMs } from '../../domain/units.ts';
import { atrColumn, featureSchemaHash, guardColumns } from '../../features/schema.ts';
import { valuesHash } from '../../features/values-hash.ts';
import { loadModel } from '../../inference/load-model.ts';
import { ModelRejectedError } from '../../inference/model-rejected-error.ts';
import type { LoadedModel } from '../../inference/onnx-ensemble.ts';
import { type SeriesSource, seriesParts, vectorsOf } from '../replay/recompute.ts';

/** What the models say of some bars today. */
export type DayPredictions = {
  /** By open time; bars whose features are not ready are not among them. */
  readonly predictions: ReadonlyMap<number, Prediction>;
  readonly judge: PositionJudge | undefined;
  readonly release: () => Promise<void>;
};

/** @throws UsageError for bars without features, or models that cannot be loaded */
export async function dayPredictions({
  source,
  series,
  wanted,
  roundStep,
  models: folder,
}: {
  readonly source: SeriesSource;
  readonly series: string;
  readonly wanted: ReadonlySet<number>;
  readonly roundStep: number;
  readonly models: string;
}): Promise<DayPredictions> {
  const { symbol, timeframe } = seriesParts(series);
  const vectors = vectorsOf(source, wanted, roundStep);
  if ('reason' in vectors) throw new UsageError(vectors.reason);
  const model = await loaded(join(folder, symbol), symbol);
  const vectorAt = (barTime: number): FeatureVector | undefined => {
    const values = vectors.byBar.get(barTime);
    if (!values) return undefined;
    const trace = traceOf(symbol, timeframe, epochMs(barTime));
    const at = { trace, symbol, barTime: epochMs(barTime), schemaHash: featureSchemaHash };
    return { ...at, values, valuesHash: valuesHash(values) };
  };
  const predictions = new Map<number, Prediction>();
  for (const barTime of wanted) {
    const vector = vectorAt(barTime);
    if (vector) predictions.set(barTime, await model.predict(vector));
  }
  const { position } = model;
  const judge: PositionJudge = async (question) => {
    const vector = vectorAt(traceParts(question.trace).barTime);
    if (!vector || !position) return { question, missing: 'its bar has no features' };
    return { question, prediction: await position.predict(vector, question.state) };
  };
  return { predictions, judge: position && judge, release: () => model.release() };
}

/** As the engine loads it: guards are told of the features that they look at. */
async function loaded(folder: string, symbol: string): Promise<LoadedModel> {
  const told = { atrColumn, toldColumns: guardColumns };
  try {
    return await loadModel({ folder, symbol, schemaHash: featureSchemaHash, ...told });
  } catch (error) {
    if (error instanceof ModelRejectedError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}
