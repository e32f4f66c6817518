/** The numbers that a decision was made from, made again: features from bars, probabilities from the models. */
import { join } from 'node:path';
import { type Bar, type BarPrices, pricesOf, type Timeframe } from '../../domain/bar.ts';
import type { Prediction } from '../../domain/prediction.ts';
import { createFeatureEngine } from '../../features/feature-engine.ts';
import { FeatureInputError } from '../../features/feature-input-error.ts';
import { atrColumn, column, featureSchemaHash } from '../../features/schema.ts';
import { valuesHash } from '../../features/values-hash.ts';
import { loadModel } from '../../inference/load-model.ts';
import { ModelRejectedError } from '../../inference/model-rejected-error.ts';
import type { LoadedModel } from '../../inference/onnx-ensemble.ts';
import { compare, type Difference } from '../../trade-log/difference.ts';

/** What became of one layer of a decision. */
export type LayerResult =
  | { readonly outcome: 'equal'; readonly what: string; readonly unrecorded?: readonly string[] }
  | { readonly outcome: 'different'; readonly differences: readonly Difference[] }
  | { readonly outcome: 'not-checkable'; readonly reason: string };

/** The bars of one series, and what to call them. */
export type SeriesSource = {
  readonly name: string;
  readonly bars: readonly Bar[];
};

export type Vectors = {
  readonly source: string;
  readonly firstBar: number;
  /** By open time of the bar. Null: the features were not ready. */
  readonly byBar: ReadonlyMap<number, Float64Array | null>;
  readonly prices: ReadonlyMap<number, BarPrices>;
};

/** The vectors of the wanted bars: every bar from the first one on is taken in, as the engine does. */
export function vectorsOf(
  { name, bars }: SeriesSource,
  wanted: ReadonlySet<number>,
  roundStep: number,
): Vectors | { readonly reason: string } {
  const [first] = bars;
  if (first === undefined) return { reason: `${name} holds no bar of the series` };
  const engine = createFeatureEngine({ roundStep });
  const byBar = new Map<number, Float64Array | null>();
  const prices = new Map<number, BarPrices>();
  const last = Math.max(...wanted);
  try {
    for (const bar of bars) {
      if (bar.openTime > last) break;
      const vector = engine.update(bar);
      if (!wanted.has(bar.openTime)) continue;
      byBar.set(bar.openTime, vector ?? null);
      prices.set(bar.openTime, pricesOf(bar));
    }
  } catch (error) {
    if (error instanceof FeatureInputError) return { reason: `${name}: ${error.message}` };
    throw error;
  }
  return { source: name, firstBar: first.openTime, byBar, prices };
}

/** Whether the bar that a prediction was made on, and its features, are those of the bars. */
export function checkFeatures(
  prediction: Prediction,
  vectors: Vectors | { readonly reason: string },
): LayerResult {
  if ('reason' in vectors) return { outcome: 'not-checkable', reason: vectors.reason };
  const vector = vectors.byBar.get(prediction.barTime);
  if (!vector) {
    const why = vector === null ? 'the features of the bar are not ready' : 'the bar is missing';
    return { outcome: 'not-checkable', reason: `${why} in ${vectors.source}` };
  }
  const { featuresHash, features = {}, bar } = prediction;
  if (featuresHash === undefined) {
    const reason = 'the decision was recorded without a hash of its features';
    return { outcome: 'not-checkable', reason };
  }
  const values = Object.fromEntries(
    Object.keys(features).map((name) => [name, vector[column[name as keyof typeof column]]]),
  );
  const seen = vectors.prices.get(prediction.barTime);
  const { differences } = compare(
    { hash: featuresHash, values: features, atr: prediction.atr, ...(bar && { bar }) },
    { hash: valuesHash(vector), values, atr: vector[atrColumn], ...(bar && { bar: seen }) },
    'features',
  );
  if (differences.length > 0) return { outcome: 'different', differences };
  const since = new Date(vectors.firstBar).toISOString().slice(0, 10);
  return {
    outcome: 'equal',
    what: `${featuresHash.slice(0, 12)}, from the bars of ${vectors.source} since ${since}`,
  };
}

/** The models of each symbol as they are needed, loaded once. */
export class Models {
  readonly #folder: string;
  readonly #loaded = new Map<string, Promise<LoadedModel | { readonly reason: string }>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  of(symbol: string): Promise<LoadedModel | { readonly reason: string }> {
    const known = this.#loaded.get(symbol);
    if (known !== undefined) return known;
    const loading = this.#load(symbol);
    this.#loaded.set(symbol, loading);
    return loading;
  }

  async release(): Promise<void> {
    for (const loading of this.#loaded.values()) {
      const model = await loading;
      if (!('reason' in model)) await model.release();
    }
  }

  async #load(symbol: string): Promise<LoadedModel | { readonly reason: string }> {
    const folder = join(this.#folder, symbol);
    try {
      return await loadModel({ folder, symbol, schemaHash: featureSchemaHash, atrColumn });
    } catch (error) {
      if (error instanceof ModelRejectedError) return { reason: error.message };
      throw error;
    }
  }
}

/** Whether the models say again what they said, given the features of the bars. */
export async function checkProbabilities(
  prediction: Prediction,
  vectors: Vectors | { readonly reason: string },
  models: Models,
): Promise<LayerResult> {
  if ('reason' in vectors) return { outcome: 'not-checkable', reason: vectors.reason };
  const { symbol, barTime, trace, modelHash } = prediction;
  const values = vectors.byBar.get(barTime);
  if (!values)
    return { outcome: 'not-checkable', reason: 'there are no features to ask them about' };
  const model = await models.of(symbol);
  if ('reason' in model) return { outcome: 'not-checkable', reason: model.reason };
  if (model.hash !== modelHash) {
    const reason = `the decision was made by the models ${modelHash.slice(0, 12)}, these are ${model.hash.slice(0, 12)}: name the folder of those with --models`;
    return { outcome: 'not-checkable', reason };
  }
  const again = await model.predict({
    trace,
    symbol,
    barTime,
    schemaHash: featureSchemaHash,
    values,
  });
  const { differences } = compare(saidBy(prediction), saidBy(again), 'prediction');
  if (differences.length > 0) return { outcome: 'different', differences };
  const { buy, sell, hold } = again.mean;
  const shares = [buy, sell, hold].map((share) => share.toFixed(3)).join(' / ');
  return {
    outcome: 'equal',
    what: `models ${modelHash.slice(0, 12)}: buy / sell / hold ${shares}`,
  };
}

/** What the models alone say. */
function saidBy({ mean, members, thresholds }: Prediction) {
  return { mean, members, thresholds };
}

/** `BTCUSD/M15` names a symbol and a timeframe. */
export function seriesParts(series: string): {
  readonly symbol: string;
  readonly timeframe: Timeframe;
} {
  const cut = series.lastIndexOf('/');
  return { symbol: series.slice(0, cut), timeframe: series.slice(cut + 1) as Timeframe };
}
