import { createHash } from 'node:crypto';
import { type Bar, timeframeMs } from '../domain/bar.ts';
import type { EpochMs } from '../domain/units.ts';
import { featureMatrix } from '../features/feature-matrix.ts';
import { atrColumn, featureNames } from '../features/schema.ts';
import { classes } from '../inference/manifest.ts';
import { writeParquet } from '../market-data/table-file.ts';
import { type LabelDefinition, labelOf } from './labels.ts';

/** One row for every bar that has features and a settled label, oldest first. */
export type Dataset = {
  readonly rows: number;
  /** Open time of each row's bar. */
  readonly openTimes: readonly EpochMs[];
  /** When the last bar that the label looked at closed. */
  readonly settledAt: readonly EpochMs[];
  /** Row by row, in the order of the schema; float32 is what the models compare in. */
  readonly features: Float32Array;
  /** Index into `classes`. */
  readonly labels: Int32Array;
  /** ATR(14), in price units. */
  readonly atrs: Float64Array;
};

/** The bars that had closed by `end`: all that may be known at that moment. */
export function barsClosedBy(bars: readonly Bar[], end: EpochMs): readonly Bar[] {
  return bars.filter(({ openTime }) => openTime + timeframeMs.M15 <= end);
}

/** @param bars M15, oldest first; what lies beyond them influences nothing */
export function buildDataset(
  bars: readonly Bar[],
  options: { readonly roundStep: number; readonly label: LabelDefinition },
): Dataset {
  const matrix = featureMatrix(bars, { roundStep: options.roundStep });
  const rows = Math.max(0, matrix.rows - options.label.horizonBars);
  const columns = matrix.columns;
  const barAt = (row: number) => bars[matrix.first + row] as Bar;
  const atrs = Float64Array.from(
    { length: rows },
    (_, row) => matrix.values[row * columns + atrColumn] as number,
  );
  return {
    rows,
    openTimes: Array.from({ length: rows }, (_, row) => barAt(row).openTime),
    settledAt: Array.from(
      { length: rows },
      (_, row) => (barAt(row + options.label.horizonBars).openTime + timeframeMs.M15) as EpochMs,
    ),
    features: Float32Array.from(matrix.values.subarray(0, rows * columns)),
    labels: Int32Array.from({ length: rows }, (_, row) =>
      classes.indexOf(labelOf(bars, matrix.first + row, atrs[row] as number, options.label)),
    ),
    atrs,
  };
}

/** The matrix as the trainer reads it: time, the features, label, label_end, atr; times in unix seconds. */
export function writeDataset(path: string, dataset: Dataset): void {
  const { rows, features } = dataset;
  const seconds = (times: readonly EpochMs[]) =>
    BigInt64Array.from(times, (time) => BigInt(time / 1_000));
  const column = (index: number) =>
    Float32Array.from(
      { length: rows },
      (_, row) => features[row * featureNames.length + index] as number,
    );
  writeParquet(path, [
    { name: 'time', data: seconds(dataset.openTimes) },
    ...featureNames.map((name, index) => ({ name, data: column(index) })),
    { name: 'label', data: dataset.labels },
    { name: 'label_end', data: seconds(dataset.settledAt) },
    { name: 'atr', data: dataset.atrs },
  ]);
}

/** Identity of a series: sha256 of time (ms), open, high, low, close, volume as little-endian float64. */
export function hashOfBars(bars: readonly Bar[]): string {
  const content = new DataView(new ArrayBuffer(bars.length * 6 * 8));
  for (const [row, { openTime, open, high, low, close, volume }] of bars.entries()) {
    for (const [column, value] of [openTime, open, high, low, close, volume].entries()) {
      content.setFloat64((row * 6 + column) * 8, value, true);
    }
  }
  return createHash('sha256').update(content).digest('hex');
}
