/** The axes of a sweep as its command line asks for them. */
import { InvalidArgumentError } from 'commander';
import {
  type Axis,
  type AxisValue,
  axesOf,
  type SweepTarget,
  setsMost,
  sweepTargets,
  thresholdKeys,
} from '../backtest/sweep/grids.ts';
import { quantileShare } from '../backtest/sweep/threshold-quantiles.ts';
import { UsageError } from '../config/usage-error.ts';
import { jsonOrText } from './broker-options.ts';

/** Key -> values, from `--grid key=v1,v2`. */
export type GridWishes = Readonly<Record<string, readonly AxisValue[]>>;

/** More would take days and find luck. */
const combinationsMax = 20_000;

export function parseTarget(text: string): SweepTarget {
  const target = sweepTargets.find((each) => each === text);
  if (target !== undefined) return target;
  throw new InvalidArgumentError(`It must be one of ${sweepTargets.join(', ')}.`);
}

/** `a.b=v1,v2`; one key again replaces what was said before. */
export function parseGrid(text: string, before: GridWishes = {}): GridWishes {
  const [, key, list] = /^([^=\s]+)=(.+)$/.exec(text) ?? [];
  const parts = list?.split(',').map((part) => part.trim()) ?? [];
  if (key === undefined || parts.length === 0 || parts.includes('')) {
    throw new InvalidArgumentError(
      'It must be KEY=VALUE,VALUE,... such as dynamic_sltp.tp_atr_multiplier=0.8,1,1.5.',
    );
  }
  return { ...before, [key]: parts.map((part) => jsonOrText(part) as AxisValue) };
}

/** The axes of a target with the values that were asked for. @throws UsageError for what it cannot sweep */
export function wantedAxes(target: SweepTarget, wishes: GridWishes): readonly Axis[] {
  const axes = axesOf[target];
  const keys = axes.map(({ key }) => key);
  const unknown = Object.keys(wishes).find((key) => !keys.includes(key));
  if (unknown !== undefined) {
    throw new UsageError(
      `--grid ${unknown}: ${target} does not sweep it; it sweeps ${keys.join(', ')}. To change another key for all sets, use --override`,
    );
  }
  const wanted = axes.map((axis) => ({ ...axis, values: wishes[axis.key] ?? axis.values }));
  for (const axis of wanted) refuseQuantiles(axis);
  const count = setsMost(target, wanted);
  if (count <= combinationsMax) return wanted;
  throw new UsageError(`--grid: ${count} combinations are more than ${combinationsMax}`);
}

function refuseQuantiles({ key, values }: Axis): void {
  if (thresholdKeys.some((each) => each === key)) return;
  const quantile = values.find((value) => quantileShare(value) !== undefined);
  if (quantile === undefined) return;
  throw new UsageError(
    `--grid ${key}: ${quantile} is a quantile, and only ${thresholdKeys.join(' and ')} may have one`,
  );
}
