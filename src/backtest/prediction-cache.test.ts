import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generatedBars } from '../../test/generated-bars.ts';
import { type Bar, pricesOf, traceOf } from '../domain/bar.ts';
import { createFeatureEngine } from '../features/feature-engine.ts';
import { atrColumn, featureSchemaHash, guardColumns } from '../features/schema.ts';
import { valuesHash } from '../features/values-hash.ts';
import { loadModel } from '../inference/load-model.ts';
import type { LoadedModel } from '../inference/onnx-ensemble.ts';
import { readTable, tableKey, writeTable } from './prediction-cache.ts';
import { predictionSeries } from './prediction-series.ts';
import { computePredictions, type PredictionTable } from './prediction-table.ts';

const symbol = 'BTCUSD';
const shipped = join(import.meta.dirname, '..', '..', 'models', symbol);
const scratch = mkdtempSync(join(tmpdir(), 'novosky-predictions-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const bars = generatedBars({ seed: 4, count: 900, holeChance: 0.2, holeBarsMax: 160 });
const request = { bars, symbol, roundStep: 1_000, folder: shipped };
let model: LoadedModel;
let table: PredictionTable;

beforeAll(async () => {
  model = await loadModel({
    ...{ folder: shipped, symbol, atrColumn, toldColumns: guardColumns },
    schemaHash: featureSchemaHash,
  });
  table = await computePredictions(model, request);
});
afterAll(() => model.release());

describe('a series of predictions', () => {
  test('holds for every bar what the engine would have been told, bit for bit', async () => {
    const of = { bars, symbol, timeframe: 'M15' as const, manifest: model.manifest };
    const series = predictionSeries(table, of);
    const engine = createFeatureEngine({ roundStep: 1_000 });
    let compared = 0;
    for (const [index, bar] of bars.entries()) {
      const values = engine.update(bar);
      const found = series.at(index);
      expect(found === undefined).toBe(values === undefined);
      if (values === undefined || index % 7 > 0) continue;
      const barTime = bar.openTime;
      const vector = { symbol, barTime, bar: pricesOf(bar), values, schemaHash: featureSchemaHash };
      const trace = traceOf(symbol, 'M15', barTime);
      const asked = await model.predict({ ...vector, trace, valuesHash: valuesHash(values) });
      expect(JSON.stringify(found)).toBe(JSON.stringify(asked));
      compared += 1;
    }
    expect(compared).toBeGreaterThan(20);
    expect(series.at(bars.length)).toBeUndefined();
  });
});

describe('a cache of predictions', () => {
  test('gives back what was put there', () => {
    const folder = join(scratch, 'kept');
    expect(readTable(folder, 'a')).toBeUndefined();
    writeTable(folder, 'a', table);
    expect(readTable(folder, 'a')).toEqual(table);
    expect(readTable(folder, 'b')).toBeUndefined();
  });

  test('does not use a file that was cut short or changed', () => {
    const folder = join(scratch, 'damaged');
    writeTable(folder, 'a', table);
    const path = join(folder, readdirSync(folder)[0] ?? '');
    const whole = readFileSync(path);
    const changed = Buffer.from(whole);
    changed[whole.length >> 1] = (changed[whole.length >> 1] ?? 0) ^ 1;
    for (const content of [changed, whole.subarray(0, -100), whole.subarray(0, 10)]) {
      writeFileSync(path, content);
      expect(readTable(folder, 'a')).toBeUndefined();
    }
  });

  test('keeps the newest twelve', () => {
    const folder = join(scratch, 'many');
    for (let number = 1; number <= 14; number += 1) {
      writeTable(folder, `t${number}`, table);
      const written = new Date(Date.UTC(2024, 0, number));
      utimesSync(join(folder, `predictions-t${number}.bin`), written, written);
    }
    writeTable(folder, 'last', table);
    expect(readdirSync(folder)).toHaveLength(12);
    expect(readTable(folder, 'last')).toEqual(table);
    expect(readTable(folder, 't3')).toBeUndefined();
    expect(readTable(folder, 't4')).toEqual(table);
  });

  test('names a table by the bars, the grid of round prices and the set of models', async () => {
    const [last] = bars.slice(-1) as [Bar];
    const moved = { ...last, volume: last.volume + 1 };
    const models = join(scratch, 'models');
    cpSync(shipped, models, { recursive: true });
    const manifest = join(models, 'manifest.json');
    const key = await tableKey(request);
    expect(await tableKey({ ...request, folder: models })).toBe(key);
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"seed": 1', '"seed": 2'));
    const others = [
      { ...request, bars: [...bars.slice(0, -1), moved] },
      { ...request, roundStep: 500 },
      { ...request, folder: models },
    ];
    const keys = await Promise.all(others.map(tableKey));
    rmSync(join(models, 'lgb.onnx'));
    keys.push(await tableKey({ ...request, folder: models }));
    expect(new Set([key, ...keys]).size).toBe(5);
  });
});
