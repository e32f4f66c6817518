import { assert } from '../domain/assert.ts';
import type { MemberPrediction, PredictedClass, Probabilities } from '../domain/prediction.ts';
import { type CalibrationTable, calibrate } from './calibration.ts';

/** One table per class. */
export type Calibration = Readonly<Record<PredictedClass, CalibrationTable>>;

/** What the models of a set say to one row, together. */
export type EnsembleAnswer = {
  /** Mean of the members' calibrated probabilities. */
  readonly mean: Probabilities;
  readonly members: Readonly<Record<string, MemberPrediction>>;
};

/** @param raw what each member gave, in the order of the manifest: sums are taken in it, so the bits do not change */
export function ensembleAnswer(
  raw: readonly (readonly [member: string, probabilities: Probabilities])[],
  calibrations: Readonly<Record<string, Calibration>>,
): EnsembleAnswer {
  const members: Record<string, MemberPrediction> = {};
  let [buy, sell, hold] = [0, 0, 0];
  for (const [name, probabilities] of raw) {
    const calibration = calibrations[name];
    assert(calibration, () => `member ${name} has no calibration`);
    const member = memberPrediction(probabilities, calibration);
    members[name] = member;
    buy += member.calibrated.buy;
    sell += member.calibrated.sell;
    hold += member.calibrated.hold;
  }
  const count = raw.length;
  return { mean: { buy: buy / count, sell: sell / count, hold: hold / count }, members };
}

/** Each class by its own table, scaled to sum 1; a row that no class claims is even. */
export function memberPrediction(raw: Probabilities, calibration: Calibration): MemberPrediction {
  const buy = calibrate(calibration.buy, raw.buy);
  const sell = calibrate(calibration.sell, raw.sell);
  const hold = calibrate(calibration.hold, raw.hold);
  const total = buy + sell + hold;
  const calibrated =
    total > 0
      ? { buy: buy / total, sell: sell / total, hold: hold / total }
      : { buy: 1 / 3, sell: 1 / 3, hold: 1 / 3 };
  return { raw, calibrated, vote: voteOf(calibrated) };
}

/** The class that stands above both others. Where the first place is shared nobody has won it: hold. */
export function voteOf({ buy, sell, hold }: Probabilities): PredictedClass {
  if (buy > sell && buy > hold) return 'buy';
  if (sell > buy && sell > hold) return 'sell';
  return 'hold';
}
