import type { AccountPolicy } from '../account/policy.ts';
import { closedGate } from '../account/quiet-bar.ts';
import { type Bar, pricesOf, type Timeframe, traceOf } from '../domain/bar.ts';
import type { PredictedClass, Prediction, Probabilities } from '../domain/prediction.ts';
import { price } from '../domain/units.ts';
import { type EnsembleAnswer, ensembleAnswer } from '../inference/ensemble.ts';
import { ensemblePrediction } from '../inference/ensemble-prediction.ts';
import { classes, type Manifest } from '../inference/manifest.ts';
import type { Judged } from '../strategy/signal.ts';
import { hashBytes, type PredictionTable, toldNames } from './prediction-table.ts';

/** What the models said of each bar of a series. */
export type PredictionSeries = {
  readonly modelHash: string;
  /** Index of the first bar with a prediction: every later one has one. */
  readonly first: number;
  /** Undefined before the first. */
  at(index: number): Prediction | undefined;
  /** The gate of the policy that the prediction does not pass; undefined for a signal, and where there is none. */
  closedGate(index: number, policy: AccountPolicy): string | undefined;
};

const open = 'open';

/** The predictions as the engine makes them, from what the models gave; made when they are asked for, and kept. */
export function predictionSeries(
  table: PredictionTable,
  of: {
    readonly bars: readonly Bar[];
    readonly symbol: string;
    readonly timeframe: Timeframe;
    readonly manifest: Manifest;
  },
): PredictionSeries {
  const { bars, symbol, timeframe, manifest } = of;
  const { first, rows, modelHash: hash } = table;
  const calibrations = Object.fromEntries(
    Object.entries(manifest.models).map(([name, { calibration }]) => [name, calibration]),
  );
  const set = { manifest, hash, hasPositionModel: manifest.position !== undefined };
  const { confidence_min: confidenceMin, gap_min: gapMin } = manifest.thresholds;
  const thresholds = { confidenceMin, gapMin };
  const made: Prediction[] = [];
  /** Both orders inside the bar ask the same. */
  let gates: { policy: string; closed: string[] } = { policy: '', closed: [] };
  const answer = (row: number) => ensembleAnswer(rawOf(table, row), calibrations);
  const judged = judgedRows(table, answer);
  /** With weights the members' own words count, and the regime. */
  const rowFor = ({ regimeWeights }: AccountPolicy, row: number): Judged =>
    regimeWeights ? { ...answer(row), features: toldOf(table, row).features } : judged(row);
  const make = (row: number): Prediction => {
    const bar = bars[first + row] as Bar;
    const { openTime: barTime } = bar;
    const { atr, features } = toldOf(table, row);
    const told = { symbol, barTime, trace: traceOf(symbol, timeframe, barTime) };
    const hashAt = row * hashBytes;
    const featuresHash = table.hashes.toString('hex', hashAt, hashAt + hashBytes);
    return ensemblePrediction(
      set,
      { ...told, bar: pricesOf(bar), featuresHash, atr: price(atr), features },
      answer(row),
    );
  };
  return {
    modelHash: hash,
    first,
    at(index) {
      const row = index - first;
      if (row < 0 || row >= rows) return undefined;
      made[row] ??= make(row);
      return made[row];
    },
    closedGate(index, policy) {
      const row = index - first;
      if (row < 0 || row >= rows) return undefined;
      if (gates.policy !== policy.hash) gates = { policy: policy.hash, closed: [] };
      gates.closed[row] ??= closedGate(policy, { ...rowFor(policy, row), thresholds }) ?? open;
      return gates.closed[row] === open ? undefined : gates.closed[row];
    },
  };
}

/** What gates look at, kept in little: one series is judged by many policies, and calibrating takes most of it. */
function judgedRows(
  { members, rows }: PredictionTable,
  answer: (row: number) => EnsembleAnswer,
): (row: number) => Judged {
  const width = classes.length;
  const means = new Float64Array(rows * width).fill(Number.NaN);
  const votes = new Uint8Array(rows * members.length);
  const keep = (row: number) => {
    const { mean, members: answers } = answer(row);
    for (const [column, name] of classes.entries()) means[row * width + column] = mean[name];
    for (const [member, name] of members.entries()) {
      votes[row * members.length + member] = classes.indexOf(answers[name]?.vote ?? 'hold');
    }
  };
  return (row) => {
    const at = row * width;
    if (Number.isNaN(means[at])) keep(row);
    const judged: Record<string, { readonly vote: PredictedClass }> = {};
    for (let member = 0; member < members.length; member += 1) {
      const vote = votes[row * members.length + member] as number;
      judged[members[member] as string] = voted[vote] as (typeof voted)[number];
    }
    return { mean: threeOf(means, at), members: judged };
  };
}

const voted = classes.map((vote) => ({ vote }));

function rawOf({ members, raw }: PredictionTable, row: number) {
  const width = classes.length;
  return members.map((name, member) => {
    const at = (row * members.length + member) * width;
    return [name, threeOf(raw, at)] as const;
  });
}

function threeOf(values: Float32Array | Float64Array, at: number): Probabilities {
  return {
    buy: values[at] as number,
    sell: values[at + 1] as number,
    hold: values[at + 2] as number,
  };
}

function toldOf({ told }: PredictionTable, row: number) {
  const width = toldNames.length + 1;
  const at = row * width;
  const features: Record<string, number> = {};
  for (const [column, name] of toldNames.entries())
    features[name] = told[at + 1 + column] as number;
  return { atr: told[at] as number, features };
}
