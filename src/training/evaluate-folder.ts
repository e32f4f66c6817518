import type { Bar } from '../domain/bar.ts';
import { atrColumn, featureCount, featureSchemaHash } from '../features/schema.ts';
import { loadModel } from '../inference/load-model.ts';
import type { SliceFigures } from '../inference/manifest.ts';
import { buildDataset } from './dataset.ts';
import { evaluate } from './evaluate.ts';

export type Evaluation = {
  /** Open times of the first and the last bar, ISO. */
  readonly from: string;
  readonly to: string;
  readonly figures: SliceFigures;
};

/**
 * Measures a folder of models on the bars that opened after their `train_to`, through the engine's own inference and
 * with the labels of their manifest. Undefined when there is no such bar whose label is settled.
 *
 * @throws {ModelRejectedError}
 */
export async function evaluateFolder(request: {
  readonly folder: string;
  readonly symbol: string;
  /** M15, oldest first, from the first bar that the training had on. */
  readonly bars: readonly Bar[];
}): Promise<Evaluation | undefined> {
  const model = await loadModel({ ...request, schemaHash: featureSchemaHash, atrColumn });
  try {
    const { label, features, training, thresholds } = model.manifest;
    const dataset = buildDataset(request.bars, {
      roundStep: features.round_step,
      label: {
        horizonBars: label.horizon_bars,
        stopAtrMultiplier: label.stop_atr_multiplier,
        targetAtrMultiplier: label.target_atr_multiplier,
        spread: label.spread,
      },
    });
    const first = dataset.openTimes.findIndex((time) => time >= Date.parse(training.train_to));
    if (first === -1) return undefined;
    const answers = await model.predictRows(
      dataset.features.subarray(first * featureCount),
      dataset.rows - first,
    );
    return {
      from: isoOf(dataset.openTimes[first] as number),
      to: isoOf(dataset.openTimes.at(-1) as number),
      figures: evaluate(answers, dataset.labels.subarray(first), {
        confidenceMin: thresholds.confidence_min,
        gapMin: thresholds.gap_min,
      }),
    };
  } finally {
    await model.release();
  }
}

function isoOf(time: number): string {
  return new Date(time).toISOString().slice(0, 16).concat('Z');
}
