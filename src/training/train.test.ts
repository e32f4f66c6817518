import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { randomBars } from '../../test/random-bars.ts';
import { type EpochMs, epochMs } from '../domain/units.ts';
import { atrColumn, featureSchemaHash } from '../features/schema.ts';
import { loadModel } from '../inference/load-model.ts';
import { classes, type Manifest, memberNames } from '../inference/manifest.ts';
import { ProgramFailedError } from './external-program.ts';
import { ensurePythonEnvironment, trainerFolder } from './python-environment.ts';
import { TooFewBarsError, type TrainingProgress, type TrainingRequest, train } from './train.ts';

const scratch = mkdtempSync(join(tmpdir(), 'novosky-train-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const bars = randomBars({ count: 13_000, seed: 5 });
const trainTo = epochMs((bars.at(-300)?.openTime as EpochMs) + 1);

function aRequest(changes: Partial<TrainingRequest>): TrainingRequest {
  return {
    symbol: 'BTCUSD',
    bars,
    dataFile: 'somewhere/bars.csv',
    trainTo,
    out: join(scratch, 'BTCUSD'),
    createdAt: epochMs(1_735_689_600_000),
    roundStep: 1_000,
    label: { horizonBars: 48, stopAtrMultiplier: 1, targetAtrMultiplier: 1, spread: 14 },
    signalRate: 0.05,
    seed: 3,
    recencyHalfLifeDays: 180,
    members: {
      rf: { n_estimators: 20, max_depth: 6, min_samples_leaf: 10 },
      xgb: { n_estimators: 15, max_depth: 3, learning_rate: 0.1, subsample: 0.8 },
      lgb: { n_estimators: 15, num_leaves: 8, subsample: 0.8, subsample_freq: 1 },
    },
    python: 'python3',
    trainer: trainerFolder,
    tell: () => {},
    ...changes,
  };
}

/** A program in the place of Python. */
function aProgram(script: string): string {
  const path = join(mkdtempSync(join(scratch, 'program-')), 'python');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Training itself needs the packages; making them takes a network and minutes, so only CI insists. */
const isReady = existsSync(join(trainerFolder, '.venv', 'requirements.sha256'));
const environment: { readonly CI?: string } = process.env;
const canTrain = isReady || environment.CI !== undefined;

describe.skipIf(!canTrain)(
  'a training (needs its Python: npm run novosky -- train --environment-only)',
  () => {
    const progress: TrainingProgress[] = [];
    let python = '';
    let first: Manifest;
    let second: Manifest;

    beforeAll(async () => {
      python = await ensurePythonEnvironment({ trainer: trainerFolder, tell: () => {} });
      const run = (name: string) =>
        train(
          aRequest({
            python,
            out: join(scratch, name),
            recordFile: join(scratch, `${name}.bin`),
            tell: (step) => progress.push(step),
          }),
        );
      first = await run('first');
      mkdirSync(join(scratch, 'second'));
      writeFileSync(join(scratch, 'second', 'old.onnx'), 'of another time');
      second = await run('second');
    }, 600_000);

    test('says which stage it is in', () => {
      const stages = progress.map(({ stage }) => stage);
      for (const stage of ['features', 'matrix', 'split', 'fit', 'export', 'calibrate', 'done']) {
        expect(stages).toContain(stage);
      }
    });

    test('of the same bars gives the same manifest and the same files', () => {
      expect(second).toEqual(first);
      for (const name of memberNames) {
        const [a, b] = ['first', 'second'].map((run) =>
          readFileSync(join(scratch, run, `${name}.onnx`)),
        );
        expect(a).toEqual(b);
      }
    });

    test('gives models that answer in Node as the libraries do in Python, to 1e-5', async () => {
      const folder = join(scratch, 'first');
      const model = await loadModel({
        folder,
        symbol: 'BTCUSD',
        schemaHash: featureSchemaHash,
        atrColumn,
      });
      const content = new Uint8Array(readFileSync(join(scratch, 'first.bin'))).buffer;
      const rows = content.byteLength / (62 * 4 + 9 * 4 + 9 * 8);
      expect(rows).toBe(first.split.test.rows);
      const answers = await model.predictRows(new Float32Array(content, 0, rows * 62), rows);
      const theirs = new Float32Array(content, rows * 62 * 4, rows * 9);
      const differences = answers.flatMap(({ members }, row) =>
        memberNames.flatMap((name, member) =>
          classes.map((of, index) =>
            Math.abs(
              (members[name]?.raw[of] as number) - (theirs[row * 9 + member * 3 + index] as number),
            ),
          ),
        ),
      );
      expect(Math.max(...differences)).toBeLessThanOrEqual(1e-5);
      await model.release();
    });

    test('looks at nothing after its last moment', () => {
      const { data, split, training } = first;
      expect(training.train_to).toBe(new Date(trainTo).toISOString());
      expect(Date.parse(data.to) + 900_000).toBeLessThanOrEqual(trainTo);
      expect(Date.parse(split.test.settled)).toBeLessThanOrEqual(trainTo);
    });

    test('is the same on a file that ends there', async () => {
      const cut = bars.filter(({ openTime }) => openTime + 900_000 <= trainTo);
      const again = await train(aRequest({ python, bars: cut, out: join(scratch, 'cut') }));
      expect(again).toEqual(first);
    }, 300_000);

    test('keeps the labels of a slice out of the next', () => {
      const { fit, calibrate, test: unseen } = first.split;
      expect(Date.parse(fit.settled)).toBeLessThanOrEqual(Date.parse(calibrate.from));
      expect(Date.parse(calibrate.settled)).toBeLessThanOrEqual(Date.parse(unseen.from));
      expect(fit.rows / (fit.rows + calibrate.rows + unseen.rows)).toBeCloseTo(0.7, 2);
    });

    test('writes the models and their manifest, and leaves nothing of an older set behind', () => {
      const files = ['lgb.onnx', 'manifest.json', 'rf.onnx', 'xgb.onnx'];
      expect(readdirSync(join(scratch, 'first')).sort()).toEqual(files);
      expect(readdirSync(join(scratch, 'second')).sort()).toEqual(files);
      expect(readdirSync(scratch).filter((name) => name.startsWith('.novosky'))).toEqual([]);
    });
  },
);

describe('a training that fails', () => {
  test('leaves the folder as it was, and nothing beside it', async () => {
    const parent = mkdtempSync(join(scratch, 'failing-'));
    const out = join(parent, 'BTCUSD');
    mkdirSync(out);
    writeFileSync(join(out, 'manifest.json'), 'the old one');
    const python = aProgram('echo "no memory left" >&2\nexit 3');
    const failure = await train(aRequest({ python, out })).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ProgramFailedError);
    expect(failure).toMatchObject({ code: 3, lastWords: 'no memory left' });
    expect(readFileSync(join(out, 'manifest.json'), 'utf8')).toBe('the old one');
    expect(readdirSync(parent)).toEqual(['BTCUSD']);
  });

  test('is one whose trainer ends well without a result', async () => {
    await expect(train(aRequest({ python: aProgram('exit 0') }))).rejects.toThrow('result.json');
  });

  test('ends its trainer when it is interrupted', async () => {
    const interrupt = new AbortController();
    const python = aProgram('echo \'{"stage":"fit"}\'\nexec sleep 600');
    const tell = ({ stage }: TrainingProgress) => stage === 'fit' && interrupt.abort();
    const run = train(aRequest({ python, tell, signal: interrupt.signal }));
    await expect(run).rejects.toThrow(ProgramFailedError);
  });

  test('has too few bars, and says how many rows it needs', async () => {
    const run = train(aRequest({ bars: bars.slice(0, 11_000) }));
    await expect(run).rejects.toThrow(TooFewBarsError);
    await expect(run).rejects.toThrow(/11000 bars give \d+ rows .* at least 2000/);
  });
});
