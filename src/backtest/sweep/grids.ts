/** What a sweep tries: axes of values for keys of the configuration, and the sets that they span. */
import { regimeAxes } from './regime-axes.ts';

export const sweepTargets = [
  'signal',
  'pos',
  'kelly',
  'ml_sltp',
  'regime',
  'adx',
  'surface',
] as const;
export type SweepTarget = (typeof sweepTargets)[number];

/** `q0.98` stands for a threshold: what 98 % of the signals in the calibration slice lie at or below. */
export type AxisValue = number | boolean | string;

/** A key of the configuration as `novosky backtest --override` takes it. Without values it stays as configured. */
export type Axis = { readonly key: string; readonly values: readonly AxisValue[] };

/** What a set changes: dotted key -> value. */
export type SetOverride = Readonly<Record<string, AxisValue>>;

/** The axes that are thresholds of the models: their values may be quantiles. */
export const thresholdKeys = ['min_confidence', 'min_prob_gap'] as const;
export type ThresholdKey = (typeof thresholdKeys)[number];

const management = 'ml_active_management';
const distances = [0.8, 1, 1.2];

/** The product's grids. Its thresholds of 0.55 to 0.70 are seven places in the tail: quantiles, where models are calibrated. */
export const axesOf: Readonly<Record<SweepTarget, readonly Axis[]>> = {
  signal: [
    {
      key: 'min_confidence',
      values: ['q0.9', 'q0.93', 'q0.95', 'q0.97', 'q0.98', 'q0.99', 'q0.995'],
    },
    { key: 'min_prob_gap', values: ['q0.9', 'q0.95', 'q0.98'] },
    { key: 'dynamic_sltp.sl_atr_multiplier', values: distances },
    { key: 'dynamic_sltp.tp_atr_multiplier', values: distances },
    { key: 'risk_pct', values: [] },
    { key: 'min_votes', values: [] },
    { key: 'risk_management.min_atr_threshold', values: [] },
    { key: 'session_filter.enabled', values: [] },
  ],
  pos: [
    { key: `${management}.enabled`, values: [true] },
    { key: 'position_model.prediction.exit_threshold', values: [0.6, 0.65, 0.7, 0.75, 0.8] },
    { key: 'position_model.prediction.min_prob_diff', values: [0.15, 0.2, 0.25] },
    { key: 'position_optimization.min_bars_held', values: [2, 4] },
  ],
  kelly: [
    { key: `${management}.kelly_lot_sizing.enabled`, values: [false, true] },
    { key: `${management}.kelly_lot_sizing.max_kelly_fraction`, values: [0.5, 1] },
  ],
  ml_sltp: [
    { key: `${management}.enabled`, values: [true] },
    { key: `${management}.ml_sltp.enabled`, values: [true] },
    { key: `${management}.ml_sltp.confidence_sl_adjust`, values: [0.1, 0.2, 0.3, 0.4] },
    { key: `${management}.ml_sltp.confidence_tp_adjust`, values: [0.1, 0.3, 0.5, 0.7, 1] },
  ],
  regime: regimeAxes,
  adx: [
    { key: 'adx_regime_filter.enabled', values: [false, true] },
    { key: 'adx_regime_filter.min_adx', values: [0.1, 0.15, 0.2, 0.25, 0.3] },
  ],
  surface: [
    {
      key: 'min_confidence',
      values: ['q0.5', 'q0.8', 'q0.9', 'q0.95', 'q0.97', 'q0.98', 'q0.99'],
    },
    { key: 'min_prob_gap', values: [0] },
  ],
};

/** Least and greatest value that a risk profile allows, and what it sets by itself. */
export type AllowedRange = {
  readonly least: number;
  readonly preset: number;
  readonly most: number;
};

/**
 * The axes as a risk profile allows them: values outside its range are left out, and where none is left, as where risk is
 * not swept, the range itself is the axis: its ends and its preset.
 */
export function withinProfile(
  axes: readonly Axis[],
  ranges: Readonly<Record<string, AllowedRange>>,
): readonly Axis[] {
  return axes.map((axis) => {
    const range = ranges[axis.key];
    if (range === undefined) return axis;
    const { least, preset, most } = range;
    const kept = axis.values.filter((value) => Number(value) >= least && Number(value) <= most);
    return { ...axis, values: kept.length > 0 ? kept : [...new Set([least, preset, most])] };
  });
}

/** Of these a set changes one key: all combinations of twelve weights would be half a million. */
const oneByOne: readonly SweepTarget[] = ['regime'];

export function isOneByOne(target: SweepTarget): boolean {
  return oneByOne.includes(target);
}

/**
 * Every combination, each once, or every single change. Keys of a section that a set turns off are not in it: they would
 * change nothing.
 */
export function overridesOf(target: SweepTarget, axes: readonly Axis[]): readonly SetOverride[] {
  if (isOneByOne(target)) {
    return axes.flatMap(({ key, values }) => values.map((value) => ({ [key]: value })));
  }
  const all = axes
    .filter(({ values }) => values.length > 0)
    .reduce<readonly SetOverride[]>(
      (sets, { key, values }) =>
        sets.flatMap((set) => values.map((value) => ({ ...set, [key]: value }))),
      [{}],
    );
  const distinct = new Map(all.map(withoutIdleKeys).map((set) => [JSON.stringify(set), set]));
  return [...distinct.values()];
}

/** How many sets there would be at most, without making them. */
export function setsMost(target: SweepTarget, axes: readonly Axis[]): number {
  if (isOneByOne(target)) return axes.reduce((count, { values }) => count + values.length, 0);
  return axes.reduce((count, { values }) => count * Math.max(1, values.length), 1);
}

function withoutIdleKeys(set: SetOverride): SetOverride {
  const off = Object.keys(set)
    .filter((key) => key.endsWith('.enabled') && set[key] === false)
    .map((key) => key.slice(0, -'enabled'.length));
  const isIdle = (key: string) =>
    off.some((section) => key.startsWith(section) && key !== `${section}enabled`);
  return Object.fromEntries(Object.entries(set).filter(([key]) => !isIdle(key)));
}
