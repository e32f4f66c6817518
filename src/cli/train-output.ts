import type { Manifest, SliceFigures } from '../inference/manifest.ts';
import type { TrainingProgress } from '../training/train.ts';

/** One stage of a training for a person: its name and its facts. */
export function progressText({ stage, ...facts }: TrainingProgress): string {
  const words = Object.entries(facts).map(([name, value]) => `${name} ${factText(value)}`);
  return [stage, ...words].join('  ');
}

/** What a finished training has to say. */
export function manifestLines(folder: string, manifest: Manifest): string[] {
  const { split, thresholds, models, metrics } = manifest;
  const bytes = Object.values(models).reduce((sum, model) => sum + model.bytes, 0);
  const difference = Math.max(...Object.values(models).map((model) => model.onnx_difference_max));
  return [
    '',
    ...figuresTable(`test slice, ${split.test.from} to ${split.test.to}`, metrics.test),
    '',
    `thresholds: confidence ${thresholds.confidence_min.toFixed(4)}, gap ${thresholds.gap_min.toFixed(4)} (${percent(thresholds.signal_rate_reached)} of the calibration slice)`,
    `ONNX differs from the libraries by at most ${difference.toExponential(1)}`,
    `${(bytes / 1e6).toFixed(1)} MB of models written to ${folder}`,
  ];
}

/** Figures of one slice: a line per member, the ensemble last. */
export function figuresTable(title: string, figures: SliceFigures): string[] {
  const shares = Object.entries(figures.class_shares).map(
    ([name, share]) => `${name} ${percent(share)}`,
  );
  const rows = [...Object.entries(figures.members), ['ensemble', figures.ensemble] as const];
  return [
    `${title}: ${figures.ensemble.rows} bars, labels ${shares.join(', ')}`,
    tableLine([
      '',
      'accuracy',
      'log loss',
      'Brier',
      'macro-F1',
      'signals',
      'hits',
      'hit rate',
      'blind',
    ]),
    ...rows.map(([name, row]) =>
      tableLine([
        name,
        percent(row.accuracy),
        row.log_loss.toFixed(4),
        row.brier.toFixed(4),
        row.macro_f1.toFixed(3),
        String(row.signals),
        String(row.hits),
        percent(row.hit_rate),
        percent(row.base_rate),
      ]),
    ),
  ];
}

function tableLine([name = '', ...cells]: readonly string[]): string {
  return [name.padEnd(9), ...cells.map((cell) => cell.padStart(9))].join(' ');
}

function percent(share: number | null): string {
  return share === null ? '-' : `${(share * 100).toFixed(1)} %`;
}

function factText(value: unknown): string {
  return typeof value === 'number' && !Number.isInteger(value)
    ? value.toPrecision(4)
    : String(value);
}
