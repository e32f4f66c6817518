import { basename } from 'node:path';
import type { z } from 'zod';
import { type Bar, timeframeMs } from '../domain/bar.ts';
import { epochMs } from '../domain/units.ts';
import { featureNames, featureSchemaHash } from '../features/schema.ts';
import { classes, type Manifest, manifestSchema } from '../inference/manifest.ts';
import { hashOfBars } from './dataset.ts';
import { threads } from './parameters.ts';
import type { TrainingRequest } from './train.ts';
import type { TrainerResult } from './trainer-result.ts';

/** The record of a training: what went in, what came out. */
export function manifestOf(
  request: TrainingRequest,
  bars: readonly Bar[],
  result: TrainerResult,
): Manifest {
  const [first, last] = [bars[0] as Bar, bars.at(-1) as Bar];
  const slice = ({ rows, from, to, settled }: TrainerResult['split']['fit']) => ({
    rows,
    from: iso(from * 1_000),
    to: iso(to * 1_000),
    settled: iso(settled * 1_000),
  });
  const { fit: fitted, calibrate, test } = result.split;
  return manifestSchema.parse({
    version: 1,
    symbol: request.symbol,
    timeframe: 'M15',
    created_at: iso(request.createdAt),
    features: { names: [...featureNames], hash: featureSchemaHash, round_step: request.roundStep },
    label: {
      classes: [...classes],
      horizon_bars: request.label.horizonBars,
      stop_atr_multiplier: request.label.stopAtrMultiplier,
      target_atr_multiplier: request.label.targetAtrMultiplier,
      spread: request.label.spread,
      intrabar: 'pessimistic',
    },
    training: {
      train_to: iso(request.trainTo ?? epochMs(last.openTime + timeframeMs.M15)),
      seed: request.seed,
      threads,
      recency_half_life_days: request.recencyHalfLifeDays,
      members: request.members,
    },
    data: {
      file: basename(request.dataFile),
      sha256: hashOfBars(bars),
      bars: bars.length,
      from: iso(first.openTime),
      to: iso(last.openTime),
    },
    split: { fit: slice(fitted), calibrate: slice(calibrate), test: slice(test) },
    thresholds: result.thresholds,
    models: result.members,
    metrics: result.metrics,
    versions: result.versions,
  } satisfies z.input<typeof manifestSchema>);
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
