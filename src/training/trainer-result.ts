import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { memberSchema, sliceFigures, thresholdsSchema } from '../inference/manifest.ts';

const unixSeconds = z.int().positive();
const slice = z.strictObject({
  rows: z.int().positive(),
  from: unixSeconds,
  to: unixSeconds,
  settled: unixSeconds,
});

/** `result.json` of the trainer: all that it found out. The manifest is made of it. */
const trainerResult = z.strictObject({
  split: z.strictObject({ fit: slice, calibrate: slice, test: slice }),
  thresholds: thresholdsSchema,
  members: z.strictObject({ rf: memberSchema, xgb: memberSchema, lgb: memberSchema }),
  metrics: z.strictObject({ calibrate: sliceFigures, test: sliceFigures }),
  parity_rows: z.int().positive(),
  versions: z.record(z.string(), z.string()),
});

export type TrainerResult = z.output<typeof trainerResult>;

export function readTrainerResult(path: string): TrainerResult {
  return trainerResult.parse(JSON.parse(readFileSync(path, 'utf8')));
}
