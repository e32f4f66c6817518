import { createHash } from 'node:crypto';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { featureCount } from '../src/features/schema.ts';
import { linearModel } from './tiny-onnx.ts';

const shipped = join(import.meta.dirname, '..', 'models', 'BTCUSD');
const identity = { x: [0, 1], y: [0, 1] };
const stateColumns = { held: 62, pnl: 63, r: 64, direction: 65 };

/** Scores of hold, exit and add: a loss speaks for an exit, a gain for adding. */
function weights(strength: number): readonly number[][] {
  const rows = Array.from({ length: featureCount + 4 }, () => [0, 0, 0]);
  rows[stateColumns.r] = [0, -strength, strength];
  return rows;
}

/** Writes the shipped set into a folder, with a position model of one member for each strength beside it. */
export function writePositionSet(
  folder: string,
  strengths: readonly number[] = [1, 2, 3],
  change: (position: Record<string, unknown>) => void = () => {},
): string {
  cpSync(shipped, folder, { recursive: true });
  const models = Object.fromEntries(
    strengths.map((strength) => {
      const file = `position_${strength}.onnx`;
      const content = linearModel(weights(strength));
      writeFileSync(join(folder, file), content);
      const sha256 = createHash('sha256').update(content).digest('hex');
      const calibration = { hold: identity, exit: identity, add: identity };
      const member = { file, sha256, bytes: content.length, onnx_difference_max: 0, calibration };
      return [`m${strength}`, member];
    }),
  );
  const position: Record<string, unknown> = {
    state_features: ['bars_held_norm', 'pnl_pct', 'r_multiple', 'pos_direction'],
    classes: ['hold', 'exit', 'add'],
    models,
  };
  change(position);
  const path = join(folder, 'manifest.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  writeFileSync(path, JSON.stringify({ ...manifest, position }));
  return folder;
}
