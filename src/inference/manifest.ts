import * as z from 'zod';

/** The order of labels and of every probability column of a model. */
export const classes = ['buy', 'sell', 'hold'] as const;

/** The members of a set, in the order in which they are asked and averaged. */
export const memberNames = ['rf', 'xgb', 'lgb'] as const;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const moment = z.iso.datetime();
const probability = z.number().min(0).max(1);
const count = z.int().nonnegative();

const calibrationTable = z
  .strictObject({ x: z.array(z.number()).min(1), y: z.array(probability).min(1) })
  .refine(({ x, y }) => x.length === y.length, 'x and y must have the same length')
  .refine(({ x }) => isRising(x, (a, b) => a < b), 'x must rise')
  .refine(({ y }) => isRising(y, (a, b) => a <= b), 'y must not fall');

const perClass = <T extends z.ZodType>(value: T) =>
  z.strictObject({ buy: value, sell: value, hold: value });

/** The file of one model, and how near it is to the library. */
const modelFile = {
  file: z.string().regex(/^[\w-]+\.onnx$/),
  sha256,
  bytes: count,
  /** Largest difference between the file's probability and the library's, over every row. */
  onnx_difference_max: z.number().nonnegative(),
};

/** What the trainer reports of one model: its file, its calibration and how near the file is to the library. */
export const memberSchema = z.strictObject({
  ...modelFile,
  calibration: perClass(calibrationTable),
  /** How much the calibration can enlarge a difference of the raw probability. */
  calibration_slope_max: z.number().nonnegative(),
});

/**
 * The model of open positions: its input are the market features of `features`, in their order, and then the state of
 * the position (`strategy/position-state.ts`). A set without it trades; exits of the position model are off then.
 */
const positionSchema = z.strictObject({
  state_features: z.tuple([
    z.literal('bars_held_norm'),
    z.literal('pnl_pct'),
    z.literal('r_multiple'),
    z.literal('pos_direction'),
  ]),
  /** Columns of the probabilities. */
  classes: z.tuple([z.literal('hold'), z.literal('exit'), z.literal('add')]),
  models: z.record(
    z.string(),
    z.strictObject({
      ...modelFile,
      calibration: z.strictObject({
        hold: calibrationTable,
        exit: calibrationTable,
        add: calibrationTable,
      }),
    }),
  ),
});

const figures = z.strictObject({
  rows: count,
  accuracy: probability,
  log_loss: z.number().nonnegative(),
  /** Sum over the classes, 0 to 2. */
  brier: z.number().nonnegative(),
  macro_f1: probability,
  precision: perClass(probability.nullable()),
  signals: count,
  buys: count,
  sells: count,
  hits: count,
  /** Share of signals whose side was the label; null without a signal. */
  hit_rate: probability.nullable(),
  /** What the same sides would have reached on bars drawn blindly from the slice. */
  base_rate: probability.nullable(),
});

export const sliceFigures = z.strictObject({
  class_shares: perClass(probability),
  members: z.record(z.string(), figures),
  ensemble: figures,
});

export const thresholdsSchema = z.strictObject({
  confidence_min: probability,
  gap_min: probability,
  signal_rate: probability,
  /** What the calibration slice really gave: ties of calibrated probabilities leave no finer choice. */
  signal_rate_reached: probability,
});

const sliceDates = z.strictObject({
  rows: count,
  /** Open times of the first and the last bar. */
  from: moment,
  to: moment,
  /** When the last label of the slice was settled. */
  settled: moment,
});

/** `manifest.json`: the only authority on what a set of models is, takes and says. */
export const manifestSchema = z.strictObject({
  version: z.literal(1),
  symbol: z.string().min(1),
  timeframe: z.literal('M15'),
  created_at: moment,
  features: z.strictObject({
    names: z.array(z.string()).min(1),
    /** sha256 of the names, joined by line feeds. */
    hash: sha256,
    /** Grid of round numbers that one feature measures from, in price units. */
    round_step: z.number().positive(),
  }),
  label: z.strictObject({
    classes: z.tuple([z.literal('buy'), z.literal('sell'), z.literal('hold')]),
    horizon_bars: z.int().positive(),
    stop_atr_multiplier: z.number().positive(),
    target_atr_multiplier: z.number().positive(),
    /** Price units. */
    spread: z.number().nonnegative(),
    intrabar: z.literal('pessimistic'),
  }),
  training: z.strictObject({
    /** No bar that closes after this moment was looked at. */
    train_to: moment,
    seed: count,
    threads: z.int().positive(),
    recency_half_life_days: z.number().positive(),
    members: z.record(z.string(), z.record(z.string(), z.union([z.number(), z.string()]))),
  }),
  data: z.strictObject({
    file: z.string(),
    /** sha256 of the bars up to `train_to`: time (ms), open, high, low, close, volume as little-endian float64. */
    sha256,
    bars: count,
    from: moment,
    to: moment,
  }),
  split: z.strictObject({ fit: sliceDates, calibrate: sliceDates, test: sliceDates }),
  thresholds: thresholdsSchema,
  models: z.record(z.string(), memberSchema),
  position: positionSchema.optional(),
  metrics: z.strictObject({ calibrate: sliceFigures, test: sliceFigures }),
  versions: z.record(z.string(), z.string()),
});

export type Manifest = z.output<typeof manifestSchema>;
export type SliceFigures = z.output<typeof sliceFigures>;

function isRising(values: readonly number[], inOrder: (a: number, b: number) => boolean): boolean {
  return values.every((value, index) => index === 0 || inOrder(values[index - 1] as number, value));
}
