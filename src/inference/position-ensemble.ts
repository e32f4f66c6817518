import * as onnx from 'onnxruntime-node';
import { assert } from '../domain/assert.ts';
import type { FeatureVector } from '../domain/feature-vector.ts';
import type {
  PositionAction,
  PositionPrediction,
  PositionProbabilities,
} from '../domain/position-prediction.ts';
import { type CalibrationTable, calibrate } from './calibration.ts';
import type { PositionModel } from './model.ts';
import { probabilitiesOf } from './probabilities.ts';

export type PositionMember = {
  readonly name: string;
  readonly calibration: Readonly<Record<PositionAction, CalibrationTable>>;
  readonly session: onnx.InferenceSession;
};

/** The members of a position model in their sessions, answering together. */
export class PositionEnsemble implements PositionModel {
  readonly #hash: string;
  readonly #members: readonly PositionMember[];
  /** Runs inside onnxruntime: nothing may be released under them. */
  readonly #running = new Set<Promise<unknown>>();

  constructor(hash: string, members: readonly PositionMember[]) {
    this.#hash = hash;
    this.#members = members;
  }

  async predict(
    { trace, values }: FeatureVector,
    state: readonly number[],
  ): Promise<PositionPrediction> {
    const row = Float32Array.from([...values, ...state]);
    assert(row.every(Number.isFinite), 'a feature of a position is not finite');
    const input = new onnx.Tensor('float32', row, [1, row.length]);
    const run = Promise.all(
      this.#members.map(async ({ name, calibration, session }) => {
        const raw = await probabilitiesOf(session, input);
        return [name, memberAnswer(raw, calibration)] as const;
      }),
    );
    this.#running.add(run);
    try {
      const members = await run;
      const mean = meanOf(members.map(([, { calibrated }]) => calibrated));
      return { trace, modelHash: this.#hash, mean, members: Object.fromEntries(members) };
    } finally {
      this.#running.delete(run);
    }
  }

  async release(): Promise<void> {
    await Promise.allSettled(this.#running);
    await Promise.all(this.#members.map(({ session }) => session.release()));
  }
}

/** Each class by its own table, scaled to sum 1; a row that no class claims is even. Columns: hold, exit, add. */
function memberAnswer(raw: Float32Array, tables: PositionMember['calibration']) {
  const hold = calibrate(tables.hold, raw[0] as number);
  const exit = calibrate(tables.exit, raw[1] as number);
  const add = calibrate(tables.add, raw[2] as number);
  const total = hold + exit + add;
  const calibrated =
    total > 0
      ? { hold: hold / total, exit: exit / total, add: add / total }
      : { hold: 1 / 3, exit: 1 / 3, add: 1 / 3 };
  return { calibrated, vote: voteOf(calibrated) };
}

/** The class that stands above both others. Where the first place is shared nobody has won it: hold. */
function voteOf({ hold, exit, add }: PositionProbabilities): PositionAction {
  if (exit > hold && exit > add) return 'exit';
  return add > hold && add > exit ? 'add' : 'hold';
}

function meanOf(all: readonly PositionProbabilities[]): PositionProbabilities {
  const mean = (of: PositionAction) =>
    all.reduce((total, each) => total + each[of], 0) / all.length;
  return { hold: mean('hold'), exit: mean('exit'), add: mean('add') };
}
