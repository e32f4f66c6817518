import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { randomBars } from '../../test/random-bars.ts';
import type { Bar } from '../domain/bar.ts';
import { epochMs, type Price } from '../domain/units.ts';
import { featureMatrix } from '../features/feature-matrix.ts';
import { atrColumn, featureNames } from '../features/schema.ts';
import { classes } from '../inference/manifest.ts';
import { readParquetColumns } from '../market-data/table-file.ts';
import { barsClosedBy, buildDataset, hashOfBars, writeDataset } from './dataset.ts';
import { labelOf } from './labels.ts';

const barMs = 900_000;
const label = { horizonBars: 48, stopAtrMultiplier: 1, targetAtrMultiplier: 1, spread: 14 };
const options = { roundStep: 1_000, label };
const bars = randomBars({ count: 11_000, seed: 3 });
const dataset = buildDataset(bars, options);
const matrix = featureMatrix(bars, options);

const scratch = mkdtempSync(join(tmpdir(), 'novosky-dataset-'));
afterAll(() => rmSync(scratch, { recursive: true }));

describe('a dataset', () => {
  test('has a row for every bar with features and a settled label', () => {
    expect(dataset.rows).toBe(bars.length - matrix.first - 48);
    expect(dataset.openTimes[0]).toBe(bars[matrix.first]?.openTime);
    expect(dataset.openTimes.at(-1)).toBe(bars.at(-49)?.openTime);
  });

  test('settles a label when the last bar of its horizon has closed', () => {
    for (const [row, openTime] of dataset.openTimes.entries()) {
      expect(dataset.settledAt[row]).toBe(openTime + 49 * barMs);
    }
    expect(dataset.settledAt.at(-1)).toBe((bars.at(-1) as Bar).openTime + barMs);
  });

  test('holds the features as float32 and the label of the same bar', () => {
    for (const row of [0, 1, 500, dataset.rows - 1]) {
      const vector = matrix.values.subarray(row * 62, row * 62 + 62);
      expect(dataset.features.subarray(row * 62, row * 62 + 62)).toEqual(Float32Array.from(vector));
      const atr = vector[atrColumn] as number;
      expect(dataset.atrs[row]).toBe(atr);
      const of = labelOf(bars, matrix.first + row, atr, label);
      expect(classes[dataset.labels[row] as number]).toBe(of);
    }
  });

  test('has all three classes in a market that moves', () => {
    expect(new Set(dataset.labels)).toEqual(new Set([0, 1, 2]));
  });

  test('of bars that are too few is empty', () => {
    expect(buildDataset(bars.slice(0, 5_000), options).rows).toBe(0);
  });
});

describe('nothing after the last day of training', () => {
  const end = epochMs((bars[10_500] as Bar).openTime);
  const known = barsClosedBy(bars, end);

  test('is among the bars: the last one closes at that moment', () => {
    expect(known).toHaveLength(10_500);
    expect((known.at(-1) as Bar).openTime + barMs).toBe(end);
    expect(barsClosedBy(bars, epochMs(end - 1))).toHaveLength(10_499);
  });

  test('influences a row', () => {
    const later = bars.map((bar, index) =>
      index < 10_500 ? bar : { ...bar, high: (bar.high * 3) as Price },
    );
    const rows = buildDataset(known, options);
    expect(buildDataset(barsClosedBy(later, end), options)).toEqual(rows);
    expect(Math.max(...rows.settledAt)).toBeLessThanOrEqual(end);
    expect(hashOfBars(barsClosedBy(later, end))).toBe(hashOfBars(known));
  });

  test('changes the rows that were there before', () => {
    const rows = buildDataset(known, options);
    expect(dataset.features.subarray(0, rows.features.length)).toEqual(rows.features);
    expect(dataset.labels.subarray(0, rows.rows)).toEqual(rows.labels);
  });
});

test('the trainer finds time, the features in order, label, label_end and atr in its file', async () => {
  const path = join(scratch, 'matrix.parquet');
  writeDataset(path, dataset);
  const columns = await readParquetColumns(path);
  expect([...columns.keys()]).toEqual(['time', ...featureNames, 'label', 'label_end', 'atr']);
  expect(columns.get('time')?.[7]).toBe((dataset.openTimes[7] as number) / 1_000);
  expect(columns.get('label_end')?.[7]).toBe((dataset.settledAt[7] as number) / 1_000);
  expect(columns.get('rsi_14')?.[7]).toBe(dataset.features[7 * 62 + 13]);
  expect(columns.get('label')?.[7]).toBe(dataset.labels[7]);
  expect(columns.get('atr')?.[7]).toBe(dataset.atrs[7]);
});

test('one changed price is another series', () => {
  const [first, ...rest] = bars as [Bar, ...Bar[]];
  expect(hashOfBars([{ ...first, low: (first.low - 0.01) as Price }, ...rest])).not.toBe(
    hashOfBars(bars),
  );
  expect(hashOfBars([...bars])).toBe(hashOfBars(bars));
});
