import type { AccountPolicy } from '../../account/policy.ts';
import type { Bar } from '../../domain/bar.ts';
import { assessPrediction } from '../../strategy/signal.ts';
import { quantile } from '../metrics/quantile.ts';
import type { PredictionSeries } from '../prediction-series.ts';
import { type Axis, type AxisValue, type ThresholdKey, thresholdKeys } from './grids.ts';

/** What each threshold is compared with, on the bars where buying or selling stood first; in ascending order. */
export type ThresholdSamples = Readonly<Record<ThresholdKey, Float64Array>>;

const open = { confidenceMin: 0, gapMin: 0, votesMin: 0 };

/** @param of open times of the first and last bar of the slice, as the manifest writes them; the account's weights count */
export function thresholdSamples(
  bars: readonly Bar[],
  predictions: PredictionSeries,
  of: {
    readonly from: string;
    readonly to: string;
    readonly policy: Pick<AccountPolicy, 'regimeWeights'>;
  },
): ThresholdSamples {
  const [from, to] = [Date.parse(of.from), Date.parse(of.to)];
  const { regimeWeights } = of.policy;
  const gates = { ...open, ...(regimeWeights && { regimeWeights }) };
  const numbers = bars.flatMap(({ openTime }, index) => {
    const prediction = openTime < from || openTime > to ? undefined : predictions.at(index);
    const assessed = prediction && assessPrediction(prediction, gates);
    return assessed?.side === undefined ? [] : [assessed];
  });
  return {
    min_confidence: Float64Array.from(numbers, ({ confidence }) => confidence).sort(),
    min_prob_gap: Float64Array.from(numbers, ({ gap }) => gap).sort(),
  };
}

/** The share that a value like `q0.98` names; undefined for any other. */
export function quantileShare(value: AxisValue): number | undefined {
  const [, text] = /^q(0(?:\.\d+)?|1)$/.exec(String(value)) ?? [];
  return text === undefined ? undefined : Number(text);
}

/** Whether an axis needs the samples. */
export function namesQuantiles({ values }: Axis): boolean {
  return values.some((value) => quantileShare(value) !== undefined);
}

/** The axes with a number for every quantile, equal ones once. */
export function withThresholds(axes: readonly Axis[], samples: ThresholdSamples): readonly Axis[] {
  return axes.map((axis) => {
    const key = thresholdKeys.find((each) => each === axis.key);
    if (key === undefined) return axis;
    const values = axis.values.map((value) => {
      const share = quantileShare(value);
      return share === undefined ? value : quantile(samples[key], share);
    });
    return { ...axis, values: [...new Set(values)] };
  });
}
