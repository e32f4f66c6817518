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
  const members = raw.map(([name, probabilities]) => {
    const calibration = calibrations[name];
    assert(calibration, `member ${name} has no calibration`);
    return [name, memberPrediction(probabilities, calibration)] as const;
  });
  const mean = meanOf(members.map(([, { calibrated }]) => calibrated));
  return { mean, members: Object.fromEntries(members) };
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

function meanOf(all: readonly Probabilities[]): Probabilities {
  const mean = (of: PredictedClass) =>
    all.reduce((total, each) => total + each[of], 0) / all.length;
  return { buy: mean('buy'), sell: mean('sell'), hold: mean('hold') };
}
