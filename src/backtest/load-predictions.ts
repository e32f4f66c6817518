import { assert } from '../domain/assert.ts';
import type { Bar, Timeframe } from '../domain/bar.ts';
import { epochMs } from '../domain/units.ts';
import { featureMatrix } from '../features/feature-matrix.ts';
import { atrColumn, featureCount, featureSchemaHash } from '../features/schema.ts';
import { loadModel } from '../inference/load-model.ts';
import type { Manifest } from '../inference/manifest.ts';
import type { PositionModel } from '../inference/model.ts';
import { loadFittingManifest } from '../inference/model-files.ts';
import type { LoadedModel } from '../inference/onnx-ensemble.ts';
import type { PositionJudge } from './account-run.ts';
import { readTable, tableKey, writeTable } from './prediction-cache.ts';
import { type PredictionSeries, predictionSeries } from './prediction-series.ts';
import { computePredictions, type PredictionTable } from './prediction-table.ts';

export type PredictionsRequest = {
  readonly bars: readonly Bar[];
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly roundStep: number;
  /** Holds the manifest and the files of the set. */
  readonly modelFolder: string;
  /** Where tables are kept. */
  readonly cacheFolder: string;
};

export type Predictions = {
  readonly series: PredictionSeries;
  /** What the series is made of. */
  readonly table: PredictionTable;
  readonly manifest: Manifest;
  /** Where the set has a model of open positions. */
  readonly judge?: PositionJudge;
  readonly release: () => Promise<void>;
};

/**
 * The predictions of a whole series: out of the cache, or computed and put there.
 *
 * @param onProgress told how many bars were asked about, of how many; not called where the cache has them
 * @throws {ModelRejectedError}, FeatureInputError
 */
export async function loadPredictions(
  request: PredictionsRequest,
  onProgress?: (done: number, bars: number) => void,
): Promise<Predictions> {
  const { bars, symbol, timeframe, modelFolder, cacheFolder } = request;
  const set = { folder: modelFolder, symbol, schemaHash: featureSchemaHash };
  const { manifest } = await loadFittingManifest(set);
  const key = await tableKey({ ...request, folder: modelFolder });
  const kept = readTable(cacheFolder, key);
  const isModelNeeded = kept === undefined || manifest.position !== undefined;
  const model = isModelNeeded ? await loadModel({ ...set, atrColumn }) : undefined;
  const table = kept ?? (await computed(model, request, onProgress));
  if (kept === undefined) writeTable(cacheFolder, key, table);
  return {
    series: predictionSeries(table, { bars, symbol, timeframe, manifest }),
    ...{ table, manifest },
    ...(model?.position && { judge: positionJudge(model.position, request) }),
    release: async () => model?.release(),
  };
}

async function computed(
  model: LoadedModel | undefined,
  request: PredictionsRequest,
  onProgress: ((done: number, bars: number) => void) | undefined,
): Promise<PredictionTable> {
  assert(model, 'a table is computed by a model');
  return computePredictions(model, request, onProgress);
}

/** Asks the position model with the features of the question's bar, which are computed at the first question. */
function positionJudge(
  model: PositionModel,
  { bars, roundStep, symbol }: PredictionsRequest,
): PositionJudge {
  let rows: ((barTime: number) => Float64Array) | undefined;
  return async (question) => {
    rows ??= featureRows(bars, roundStep);
    const { trace, state } = question;
    const barTime = epochMs(Number(trace.slice(trace.lastIndexOf('/') + 1)));
    const vector = { trace, symbol, barTime, schemaHash: featureSchemaHash, values: rows(barTime) };
    return { question, prediction: await model.predict(vector, state) };
  };
}

function featureRows(bars: readonly Bar[], roundStep: number): (barTime: number) => Float64Array {
  const { first, values } = featureMatrix(bars, { roundStep });
  const places = new Map(bars.map(({ openTime }, index) => [openTime as number, index - first]));
  return (barTime) => {
    const row = places.get(barTime) ?? -1;
    assert(row >= 0, `no features of the bar at ${barTime}`);
    return values.subarray(row * featureCount, (row + 1) * featureCount);
  };
}
