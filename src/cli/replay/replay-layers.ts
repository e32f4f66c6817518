/** The layers of a decision, from the bars to the order, each made again and compared. */
import { hashedPolicy } from '../../account/policy-hash.ts';
import { traceParts } from '../../account/trace-parts.ts';
import type { Config } from '../../config/config.ts';
import { UsageError } from '../../config/usage-error.ts';
import { loadBars } from '../../market-data/bar-file.ts';
import { BarFileError } from '../../market-data/bar-file-error.ts';
import { BarStoreError, openBarReader } from '../../market-data/bar-store.ts';
import type { DecisionReplay } from '../../trade-log/decision-replay.ts';
import {
  checkFeatures,
  checkProbabilities,
  type LayerResult,
  type Models,
  type SeriesSource,
  seriesParts,
  type Vectors,
  vectorsOf,
} from './recompute.ts';

export const layers = ['policy', 'features', 'probabilities', 'decision'] as const;
export type Layer = (typeof layers)[number];

export type DecisionReport = {
  readonly account: string;
  readonly decision: string;
  readonly bar: string;
  readonly symbol: string;
  readonly verdict: string;
  readonly orderId: string | null;
  readonly layers: Readonly<Record<Layer, LayerResult>>;
};

type Means = {
  readonly config: Config;
  readonly models: Models;
  readonly source: { readonly dataFile: string | undefined; readonly storePath: string };
};

type Unavailable = { readonly reason: string };

/** Decisions are taken in whole before features are made: one pass over the bars serves all of them. */
export async function* reportDecisions(
  account: string,
  replays: Iterable<DecisionReplay>,
  { config, models, source }: Means,
): AsyncIterable<DecisionReport> {
  const all = [...replays];
  const vectors = await vectorsBySeries(all, config, source);
  for (const replay of all) {
    const { decided } = replay;
    const { series, barTime } = traceParts(decided.trace);
    const ofSeries = vectors.get(series) ?? { reason: `there are no bars of ${series}` };
    yield {
      account,
      decision: decided.trace,
      bar: new Date(barTime).toISOString(),
      symbol: decided.symbol,
      verdict: decided.verdict,
      orderId: decided.verdict === 'entered' ? decided.orderId : null,
      layers: {
        policy: policyLayer(replay),
        ...(await modelLayers(replay, ofSeries, models)),
        decision: decisionLayer(replay),
      },
    };
  }
}

async function modelLayers(
  { decided: { prediction } }: DecisionReplay,
  vectors: Vectors | Unavailable,
  models: Models,
): Promise<Readonly<Record<'features' | 'probabilities', LayerResult>>> {
  if (prediction === undefined) {
    const none = { outcome: 'not-checkable', reason: 'there was no prediction' } as const;
    return { features: none, probabilities: none };
  }
  return {
    features: checkFeatures(prediction, vectors),
    probabilities: await checkProbabilities(prediction, vectors, models),
  };
}

/** The decision itself compares the name of the policy; this one compares the name with the content. */
function policyLayer({ policy }: DecisionReplay): LayerResult {
  if (policy === undefined) {
    return { outcome: 'not-checkable', reason: 'the journal names no policy before the decision' };
  }
  const { hash, ...content } = policy;
  const recomputed = hashedPolicy(content).hash;
  if (recomputed === hash) return { outcome: 'equal', what: hash };
  return {
    outcome: 'different',
    differences: [{ path: 'policy.hash', recorded: hash, recomputed }],
  };
}

function decisionLayer({ differences, unrecorded, facts, sequence }: DecisionReplay): LayerResult {
  if (differences.length > 0) return { outcome: 'different', differences };
  const what = `in ${facts} ${facts === 1 ? 'fact' : 'facts'}, after ${sequence - 1} that were folded`;
  return { outcome: 'equal', what, ...(unrecorded.length > 0 && { unrecorded }) };
}

async function vectorsBySeries(
  replays: readonly DecisionReplay[],
  { ml }: Config,
  source: Means['source'],
): Promise<ReadonlyMap<string, Vectors | Unavailable>> {
  const wanted = new Map<string, Set<number>>();
  for (const { decided } of replays) {
    const { series, barTime } = traceParts(decided.trace);
    const times = wanted.get(series) ?? new Set<number>();
    wanted.set(series, times.add(barTime));
  }
  const vectors = new Map<string, Vectors | Unavailable>();
  for (const [series, times] of wanted) {
    const roundStep = ml.roundSteps[seriesParts(series).symbol];
    const bars = await barsOf(series, source);
    if (roundStep === undefined) {
      vectors.set(series, { reason: `ml_config.json: features.round_step has no ${series}` });
    } else vectors.set(series, 'reason' in bars ? bars : vectorsOf(bars, times, roundStep));
  }
  return vectors;
}

/** The bars of a series out of the file that is named, else out of the store. */
export async function barsOf(
  series: string,
  { dataFile, storePath }: Means['source'],
): Promise<SeriesSource | Unavailable> {
  if (dataFile !== undefined) return fileBars(series, dataFile);
  try {
    const reader = openBarReader(storePath);
    if (reader === undefined) {
      return { reason: `there are no bars in ${storePath}: name a file with --data` };
    }
    try {
      const { symbol, timeframe } = seriesParts(series);
      return { name: storePath, bars: reader.bars(symbol, timeframe) };
    } finally {
      reader.close();
    }
  } catch (error) {
    if (error instanceof BarStoreError) return { reason: error.message };
    throw error;
  }
}

async function fileBars(series: string, path: string): Promise<SeriesSource | Unavailable> {
  try {
    const { bars, timeframe } = await loadBars(path);
    const wanted = seriesParts(series).timeframe;
    if (timeframe === wanted) return { name: path, bars };
    return { reason: `${path} holds ${timeframe} bars, the decision is about ${wanted}` };
  } catch (error) {
    if (error instanceof BarFileError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}
