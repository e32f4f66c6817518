import type { AccountPolicy } from '../account/policy.ts';
import { closedGate } from '../account/quiet-bar.ts';
import { type Bar, type Timeframe, traceOf } from '../domain/bar.ts';
import type { Prediction } from '../domain/prediction.ts';
import { price } from '../domain/units.ts';
import { ensembleAnswer } from '../inference/ensemble.ts';
import { ensemblePrediction } from '../inference/ensemble-prediction.ts';
import { classes, type Manifest } from '../inference/manifest.ts';
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
  const make = (row: number): Prediction => {
    const { openTime: barTime } = bars[first + row] as Bar;
    const { atr, features } = toldOf(table, row);
    const trace = traceOf(symbol, timeframe, barTime);
    const hashAt = row * hashBytes;
    const featuresHash = table.hashes.toString('hex', hashAt, hashAt + hashBytes);
    return ensemblePrediction(
      set,
      { trace, symbol, barTime, featuresHash, atr: price(atr), features },
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
      gates.closed[row] ??= closedGate(policy, { ...answer(row), thresholds }) ?? open;
      return gates.closed[row] === open ? undefined : gates.closed[row];
    },
  };
}

function rawOf({ members, raw }: PredictionTable, row: number) {
  const width = classes.length;
  return members.map((name, member) => {
    const at = (row * members.length + member) * width;
    const [buy = 0, sell = 0, hold = 0] = raw.subarray(at, at + width);
    return [name, { buy, sell, hold }] as const;
  });
}

function toldOf({ told }: PredictionTable, row: number) {
  const width = toldNames.length + 1;
  const at = row * width;
  const features = Object.fromEntries(
    toldNames.map((name, column) => [name, told[at + 1 + column] as number]),
  );
  return { atr: told[at] as number, features };
}
