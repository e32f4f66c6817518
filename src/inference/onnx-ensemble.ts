import * as onnx from 'onnxruntime-node';
import { assert } from '../domain/assert.ts';
import type { FeatureVector } from '../domain/feature-vector.ts';
import type { Prediction, Probabilities } from '../domain/prediction.ts';
import { price } from '../domain/units.ts';
import { type EnsembleAnswer, ensembleAnswer } from './ensemble.ts';
import { ensemblePrediction } from './ensemble-prediction.ts';
import type { Manifest } from './manifest.ts';
import type { Model } from './model.ts';
import type { ModelRejectedError } from './model-rejected-error.ts';
import type { PositionEnsemble } from './position-ensemble.ts';
import { probabilitiesOf } from './probabilities.ts';

export type LoadOptions = {
  /** Holds `manifest.json` and the files that it names. */
  readonly folder: string;
  readonly symbol: string;
  /** The code's own: a model that was fitted on other features is refused. */
  readonly schemaHash: string;
  /** Where ATR(14) in price units stands in a vector. */
  readonly atrColumn: number;
  /** Values that go along with each prediction: name -> place in a vector. */
  readonly toldColumns?: Readonly<Record<string, number>>;
};

export type LoadedModel = Model & {
  readonly manifest: Manifest;
  /** Members that the manifest names and that could not be loaded; at most one. */
  readonly missing: readonly ModelRejectedError[];
  /** Answers to many rows at once, bit for bit those of each row alone. @param values row by row */
  predictRows(values: Float32Array, rows: number): Promise<EnsembleAnswer[]>;
};

export type Member = { readonly name: string; readonly session: onnx.InferenceSession };

/** The members of a set in their sessions, answering together. */
export class OnnxEnsemble implements LoadedModel {
  readonly symbol: string;
  readonly hash: string;
  readonly manifest: Manifest;
  readonly missing: readonly ModelRejectedError[];
  readonly position: PositionEnsemble | undefined;
  readonly #options: LoadOptions;
  readonly #members: readonly Member[];
  readonly #calibrations: Parameters<typeof ensembleAnswer>[1];
  /** Runs inside onnxruntime: nothing may be released under them. */
  readonly #running = new Set<Promise<unknown>>();

  constructor(
    options: LoadOptions & {
      readonly manifest: Manifest;
      readonly hash: string;
      readonly position: PositionEnsemble | undefined;
    },
    members: readonly Member[],
    missing: readonly ModelRejectedError[],
  ) {
    this.symbol = options.symbol;
    const { manifest, hash, position } = options;
    this.hash = hash;
    this.manifest = manifest;
    this.position = position;
    this.missing = missing;
    this.#options = options;
    this.#members = members;
    this.#calibrations = Object.fromEntries(
      Object.entries(manifest.models).map(([name, { calibration }]) => [name, calibration]),
    );
  }

  async predict(vector: FeatureVector): Promise<Prediction> {
    const { trace, symbol, barTime, bar, values, valuesHash } = vector;
    assert(symbol === this.symbol, `a model of ${this.symbol} was asked about ${symbol}`);
    assert(
      vector.schemaHash === this.#options.schemaHash,
      `a vector of schema ${short(vector.schemaHash)} reached a model of ${short(this.#options.schemaHash)}`,
    );
    const [answer] = await this.predictRows(Float32Array.from(values), 1);
    assert(answer, 'one row has one answer');
    const { atrColumn, toldColumns } = this.#options;
    const { manifest, hash } = this;
    const atr = price(values[atrColumn] as number);
    const features = toldColumns && valuesAt(toldColumns, values);
    return ensemblePrediction(
      { manifest, hash, hasPositionModel: this.position !== undefined },
      { trace, symbol, barTime, bar, featuresHash: valuesHash, atr, features },
      answer,
    );
  }

  async predictRows(values: Float32Array, rows: number): Promise<EnsembleAnswer[]> {
    const columns = this.manifest.features.names.length;
    assert(values.length === rows * columns, `${rows} rows of ${columns} are not ${values.length}`);
    assert(values.every(Number.isFinite), 'a feature is not finite');
    const input = new onnx.Tensor('float32', values, [rows, columns]);
    const raw = await Promise.all(
      this.#members.map(async ({ name, session }) => {
        const data = await this.#tracked(probabilitiesOf(session, input));
        return [name, data] as const;
      }),
    );
    return Array.from({ length: rows }, (_, row) =>
      ensembleAnswer(
        raw.map(([name, data]) => [name, probabilitiesAt(data, row)]),
        this.#calibrations,
      ),
    );
  }

  async release(): Promise<void> {
    await Promise.allSettled(this.#running);
    await Promise.all(this.#members.map(({ session }) => session.release()));
    await this.position?.release();
  }

  async #tracked<T>(run: Promise<T>): Promise<T> {
    this.#running.add(run);
    try {
      return await run;
    } finally {
      this.#running.delete(run);
    }
  }
}

function valuesAt(
  columns: Readonly<Record<string, number>>,
  values: Float64Array,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, at]) => [name, values[at] as number]),
  );
}

function probabilitiesAt(data: Float32Array, row: number): Probabilities {
  const at = row * 3;
  return {
    buy: data[at] as number,
    sell: data[at + 1] as number,
    hold: data[at + 2] as number,
  };
}

function short(hash: string): string {
  return hash.slice(0, 12);
}
