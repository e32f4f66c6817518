import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Probabilities } from '../domain/prediction.ts';
import { epochMs, price } from '../domain/units.ts';
import { atrColumn, featureSchemaHash } from '../features/schema.ts';
import { ensembleAnswer } from './ensemble.ts';
import { loadModel } from './load-model.ts';
import { classes, type Manifest, memberNames } from './manifest.ts';
import { loadManifest } from './model-files.ts';
import { ModelRejectedError } from './model-rejected-error.ts';
import type { LoadedModel } from './onnx-ensemble.ts';

const shipped = join(import.meta.dirname, '..', '..', 'models', 'BTCUSD');
const options = { symbol: 'BTCUSD', schemaHash: featureSchemaHash, atrColumn };
const scratch = mkdtempSync(join(tmpdir(), 'novosky-models-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** A copy of the shipped set that a test may damage. */
function aCopy(): string {
  const folder = mkdtempSync(join(scratch, 'set-'));
  cpSync(shipped, folder, { recursive: true });
  return folder;
}

function rewriteManifest(folder: string, change: (manifest: Manifest) => void): void {
  const path = join(folder, 'manifest.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  change(manifest);
  writeFileSync(path, JSON.stringify(manifest));
}

/** Puts other bytes into a model's file and says so in the manifest. */
function replaceModel(folder: string, name: string, content: Uint8Array): void {
  writeFileSync(join(folder, `${name}.onnx`), content);
  const sha256 = createHash('sha256').update(content).digest('hex');
  rewriteManifest(folder, ({ models }) => {
    Object.assign(models[name] as object, { sha256 });
  });
}

async function refusal(folder: string, asked = options): Promise<ModelRejectedError> {
  const outcome = await loadModel({ ...asked, folder }).catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(ModelRejectedError);
  return outcome as ModelRejectedError;
}

describe('a set of models is refused', () => {
  test('when there is no manifest', async () => {
    const folder = aCopy();
    rmSync(join(folder, 'manifest.json'));
    const { file, nextStep } = await refusal(folder);
    expect(file).toBe(join(folder, 'manifest.json'));
    expect(nextStep).toContain('novosky train');
  });

  test('when its manifest is no JSON', async () => {
    const folder = aCopy();
    truncateSync(join(folder, 'manifest.json'), 500);
    expect((await refusal(folder)).message).toContain('is no JSON');
  });

  test('when its manifest lacks something, naming it', async () => {
    const folder = aCopy();
    rewriteManifest(folder, (manifest) => {
      delete (manifest as { thresholds?: unknown }).thresholds;
    });
    expect((await refusal(folder)).message).toContain('thresholds');
  });

  test('when a calibration table falls', async () => {
    const folder = aCopy();
    rewriteManifest(folder, ({ models: { rf } }) => {
      rf?.calibration.buy.y.reverse();
    });
    expect((await refusal(folder)).message).toContain('must not fall');
  });

  test('when it was trained for another symbol', async () => {
    const { message } = await refusal(aCopy(), { ...options, symbol: 'XAUUSD' });
    expect(message).toContain('BTCUSD');
    expect(message).toContain('XAUUSD');
  });

  test('when its features are not those of this code', async () => {
    const schemaHash = 'f'.repeat(64);
    const { message } = await refusal(aCopy(), { ...options, schemaHash });
    expect(message).toContain('other features');
  });

  test('when the hash of its features is right but their order is not', async () => {
    const folder = aCopy();
    rewriteManifest(folder, ({ features }) => {
      features.names.reverse();
    });
    expect((await refusal(folder)).message).toContain('other features');
  });

  test.each(memberNames)('when %s.onnx is cut short', async (name) => {
    const folder = aCopy();
    truncateSync(join(folder, `${name}.onnx`), 10_000);
    const { file, message } = await refusal(folder);
    expect(file).toBe(join(folder, `${name}.onnx`));
    expect(message).toContain('is not the file of its manifest');
  });

  test('when one byte of a model was changed', async () => {
    const folder = aCopy();
    const path = join(folder, 'xgb.onnx');
    const content = readFileSync(path);
    content[content.length >> 1] = (content[content.length >> 1] as number) ^ 1;
    writeFileSync(path, content);
    expect((await refusal(folder)).file).toBe(path);
  });

  test('when only one model can be loaded', async () => {
    const folder = aCopy();
    rmSync(join(folder, 'rf.onnx'));
    replaceModel(folder, 'lgb', Buffer.from('no model at all'));
    expect((await refusal(folder)).message).toContain('only 1 of 3');
  });
});

describe('a set of three goes on with two and reports the third', () => {
  const cases = [
    { what: 'is not there', damage: (folder: string) => rmSync(join(folder, 'lgb.onnx')) },
    {
      what: 'is no model for onnxruntime',
      damage: (folder: string) => replaceModel(folder, 'lgb', Buffer.from('no model at all')),
    },
  ];
  test.each(cases)('that $what', async ({ damage }) => {
    const folder = aCopy();
    const whole = await loadModel({ ...options, folder });
    damage(folder);
    const two = await loadModel({ ...options, folder });
    expect(two.missing.map(({ file }) => file)).toEqual([join(folder, 'lgb.onnx')]);
    const answer = await two.predict(aVector(recordedRows(1).features));
    expect(Object.keys(answer.members)).toEqual(['rf', 'xgb']);
    expect(two.hash).not.toBe(whole.hash);
    await Promise.all([whole.release(), two.release()]);
  });
});

describe('the shipped models', () => {
  const rows = 1_000;
  const recorded = recordedRows(rows);

  test('give the raw probabilities of the Python libraries, to 1e-5', async () => {
    await withModel(async (model) => {
      const answers = await model.predictRows(recorded.features, rows);
      const ours = answers.flatMap(({ members }) =>
        memberNames.flatMap((name) => classes.map((of) => members[name]?.raw[of] as number)),
      );
      expect(ours).toHaveLength(recorded.raw.length);
      expect(largestDifference(ours, recorded.raw)).toBeLessThanOrEqual(1e-5);
    });
  });

  test('are calibrated as scikit-learn calibrates the same raw probabilities', async () => {
    const { models } = await loadManifest(shipped);
    const calibrations = Object.fromEntries(
      Object.entries(models).map(([name, { calibration }]) => [name, calibration]),
    );
    const ours = Array.from({ length: rows }, (_, row) => {
      const raw = memberNames.map((name, member) => {
        const at = row * 9 + member * 3;
        const [buy, sell, hold] = recorded.raw.subarray(at, at + 3) as unknown as number[];
        return [name, { buy, sell, hold } as Probabilities] as const;
      });
      const { members } = ensembleAnswer(raw, calibrations);
      return memberNames.flatMap((name) =>
        classes.map((of) => members[name]?.calibrated[of] as number),
      );
    }).flat();
    expect(largestDifference(ours, recorded.calibrated)).toBeLessThanOrEqual(1e-12);
  });

  test('answer to a row alone as to the row in a batch, bit for bit', async () => {
    await withModel(async (model) => {
      const batch = await model.predictRows(recorded.features, rows);
      for (let row = 0; row < rows; row++) {
        const alone = await model.predictRows(rowOf(recorded.features, row), 1);
        expect(alone[0]).toStrictEqual(batch[row]);
      }
    });
  });

  test('name their set, the bar and its ATR in every prediction', async () => {
    await withModel(async (model) => {
      const bar = { open: price(1), high: price(4), low: price(0.5), close: price(2) };
      const vector = { ...aVector(recorded.features), bar };
      const prediction = await model.predict(vector);
      expect(prediction).toMatchObject({
        trace: vector.trace,
        symbol: 'BTCUSD',
        barTime: vector.barTime,
        bar,
        modelHash: model.hash,
        atr: vector.values[atrColumn],
        thresholds: {
          confidenceMin: model.manifest.thresholds.confidence_min,
          gapMin: model.manifest.thresholds.gap_min,
        },
      });
      const { buy, sell, hold } = prediction.mean;
      expect(buy + sell + hold).toBeCloseTo(1, 12);
      expect(await model.predict(vector)).toStrictEqual(prediction);
    });
  });

  test.each([
    { what: 'another symbol', change: { symbol: 'XAUUSD' }, says: 'XAUUSD' },
    { what: 'another schema', change: { schemaHash: 'e'.repeat(64) }, says: 'schema' },
    { what: 'another length', change: { values: new Float64Array(61) }, says: '62' },
    { what: 'a hole', change: { values: new Float64Array(62).fill(Number.NaN) }, says: 'finite' },
  ])('take no vector of $what', async ({ change, says }) => {
    await withModel(async (model) => {
      const vector = { ...aVector(recorded.features), ...change };
      await expect(model.predict(vector)).rejects.toThrow(says);
    });
  });

  test('let a prediction that is under way finish before they are released', async () => {
    const model = await loadModel({ ...options, folder: shipped });
    const answer = model.predictRows(recorded.features, rows);
    await model.release();
    expect(await answer).toHaveLength(rows);
  });

  test('were trained on nothing after 2024 and stay under 15 MB', async () => {
    const { training, data, split, models } = await loadManifest(shipped);
    const end = Date.parse('2025-01-01T00:00:00Z');
    expect(Date.parse(training.train_to)).toBeLessThan(end);
    expect(Date.parse(data.to) + 900_000).toBeLessThanOrEqual(end);
    expect(Date.parse(split.test.settled)).toBeLessThanOrEqual(end);
    const bytes = Object.values(models).reduce((sum, model) => sum + model.bytes, 0);
    expect(bytes).toBeLessThan(15e6);
  });
});

async function withModel(work: (model: LoadedModel) => Promise<void>): Promise<void> {
  const model = await loadModel({ ...options, folder: shipped });
  try {
    expect(model.missing).toEqual([]);
    await work(model);
  } finally {
    await model.release();
  }
}

/**
 * Rows of the test slice with what the Python libraries and scikit-learn's calibration said to them; the layout is
 * that of trainer/novosky_trainer/parity.py. Written by `novosky train --record`.
 */
function recordedRows(count: number) {
  const file = readFileSync(join(import.meta.dirname, 'fixtures', 'btcusd-recorded.bin'));
  const content = new Uint8Array(file).buffer;
  const rows = content.byteLength / (62 * 4 + 9 * 4 + 9 * 8);
  return {
    features: new Float32Array(content, 0, count * 62),
    raw: new Float32Array(content, rows * 62 * 4, count * 9),
    calibrated: new Float64Array(content, rows * 71 * 4, count * 9),
  };
}

function rowOf(features: Float32Array, row: number): Float32Array {
  return features.slice(row * 62, row * 62 + 62);
}

function aVector(features: Float32Array) {
  return {
    trace: 'BTCUSD/M15/1735689600000',
    symbol: 'BTCUSD',
    barTime: epochMs(1_735_689_600_000),
    schemaHash: featureSchemaHash,
    values: Float64Array.from(rowOf(features, 0)),
  };
}

function largestDifference(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  return Array.from(ours).reduce(
    (largest, value, i) => Math.max(largest, Math.abs(value - (theirs[i] as number))),
    0,
  );
}
