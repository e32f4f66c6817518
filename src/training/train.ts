import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import type { Bar } from '../domain/bar.ts';
import type { EpochMs } from '../domain/units.ts';
import { featureNames, featureSchemaHash } from '../features/schema.ts';
import { type Manifest, memberNames } from '../inference/manifest.ts';
import { barsClosedBy, buildDataset, type Dataset, writeDataset } from './dataset.ts';
import { runProgram } from './external-program.ts';
import type { LabelDefinition } from './labels.ts';
import { calibrationStepShare, type MemberParameters, splitShares, threads } from './parameters.ts';
import { readTrainerResult, type TrainerResult } from './trainer-result.ts';
import { manifestOf } from './training-manifest.ts';

export type TrainingRequest = {
  readonly symbol: string;
  /** M15, oldest first. */
  readonly bars: readonly Bar[];
  /** Where they came from, for the record. */
  readonly dataFile: string;
  /** No bar that closes later is looked at; undefined: all are used. */
  readonly trainTo?: EpochMs;
  /** Where the models go. What it holds is replaced whole, at the end. */
  readonly out: string;
  readonly createdAt: EpochMs;
  readonly roundStep: number;
  readonly label: LabelDefinition;
  /** Share of bars that should become signals. */
  readonly signalRate: number;
  readonly seed: number;
  readonly recencyHalfLifeDays: number;
  readonly members: MemberParameters;
  /** Interpreter with the trainer's packages, and the trainer's folder. */
  readonly python: string;
  readonly trainer: string;
  readonly tell: (progress: TrainingProgress) => void;
  readonly signal?: AbortSignal;
  /** Also writes rows of the test slice with the libraries' answers here: what the test suite compares with. */
  readonly recordFile?: string;
};

/** A stage that has begun; the facts depend on it. */
export type TrainingProgress = { readonly stage: string } & Readonly<Record<string, unknown>>;

export class TooFewBarsError extends Error {
  override readonly name = 'TooFewBarsError';
}

const rowsMin = 2_000;
const recordedRows = 1_000;
const trainerMs = 60 * 60_000;

/**
 * Everything from bars to a folder of models: labels and features here, fitting in Python, then the manifest. The
 * folder appears whole or stays as it was.
 *
 * @throws {TooFewBarsError} and what the trainer throws
 */
export async function train(request: TrainingRequest): Promise<Manifest> {
  const bars =
    request.trainTo === undefined ? request.bars : barsClosedBy(request.bars, request.trainTo);
  request.tell({ stage: 'features', bars: bars.length });
  const dataset = buildDataset(bars, request);
  if (dataset.rows < rowsMin) {
    throw new TooFewBarsError(
      `${bars.length} bars give ${dataset.rows} rows with features and a settled label; training needs at least ${rowsMin}`,
    );
  }
  const parent = dirname(resolve(request.out));
  mkdirSync(parent, { recursive: true });
  const workshop = mkdtempSync(join(parent, '.novosky-train-'));
  try {
    const result = await runTrainer(request, dataset, workshop);
    const manifest = manifestOf(request, bars, result);
    publish(request, manifest, workshop);
    return manifest;
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

async function runTrainer(
  request: TrainingRequest,
  dataset: Dataset,
  workshop: string,
): Promise<TrainerResult> {
  const matrixFile = join(workshop, 'matrix.parquet');
  const requestFile = join(workshop, 'request.json');
  const out = join(workshop, 'out');
  mkdirSync(out);
  request.tell({ stage: 'matrix', rows: dataset.rows });
  writeDataset(matrixFile, dataset);
  writeFileSync(requestFile, JSON.stringify(trainerRequest(request), undefined, 1));
  await runProgram({
    command: request.python,
    arguments: [
      ...['-m', 'novosky_trainer', '--matrix', matrixFile],
      ...['--request', requestFile, '--out', out],
    ],
    folder: request.trainer,
    timeoutMs: trainerMs,
    onLine: (line) => request.tell(progressOf(line)),
    ...(request.signal && { signal: request.signal }),
  });
  return readTrainerResult(join(out, 'result.json'));
}

function trainerRequest(request: TrainingRequest): object {
  return {
    features: featureNames,
    features_hash: featureSchemaHash,
    horizon_bars: request.label.horizonBars,
    seed: request.seed,
    threads,
    signal_rate: request.signalRate,
    half_life_days: request.recencyHalfLifeDays,
    fit_share: splitShares.fit,
    calibrate_share: splitShares.calibrate,
    calibration_step_share: calibrationStepShare,
    parity_rows: recordedRows,
    members: request.members,
  };
}

const progressLine = z.looseObject({ stage: z.string() });

/** A line that is no progress came from a library and is passed on as it is. */
function progressOf(line: string): TrainingProgress {
  try {
    return progressLine.parse(JSON.parse(line));
  } catch (cause) {
    return { stage: 'note', text: line, reason: (cause as Error).name };
  }
}

/** Two renames: whoever loads the folder finds the old set, the new one, or for a moment none. */
function publish(request: TrainingRequest, manifest: Manifest, workshop: string): void {
  const out = resolve(request.out);
  const complete = join(workshop, 'complete');
  mkdirSync(complete);
  for (const name of memberNames) {
    const { file } = manifest.models[name] as Manifest['models'][string];
    renameSync(join(workshop, 'out', file), join(complete, file));
  }
  writeFileSync(join(complete, 'manifest.json'), `${JSON.stringify(manifest, undefined, 1)}\n`);
  if (request.recordFile !== undefined)
    cpSync(join(workshop, 'out', 'parity.bin'), request.recordFile);
  if (existsSync(out)) renameSync(out, join(workshop, 'former'));
  renameSync(complete, out);
}
