import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { writePositionSet } from '../../test/position-set.ts';
import { epochMs } from '../domain/units.ts';
import { atrColumn, featureCount, featureSchemaHash } from '../features/schema.ts';
import { loadModel } from './load-model.ts';
import { assertModelUsable } from './model-files.ts';

const shipped = join(import.meta.dirname, '..', '..', 'models', 'BTCUSD');
const scratch = mkdtempSync(join(tmpdir(), 'novosky-position-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** The shipped set with a position model beside it. */
function aSet(change: (position: Record<string, unknown>) => void = () => {}): string {
  return writePositionSet(mkdtempSync(join(scratch, 'set-')), [1, 2, 3], change);
}

const asked = { symbol: 'BTCUSD', schemaHash: featureSchemaHash, atrColumn };
const vector = {
  trace: 'BTCUSD/M15/0',
  symbol: 'BTCUSD',
  barTime: epochMs(0),
  schemaHash: featureSchemaHash,
  values: Float64Array.from({ length: featureCount }, (_, index) => index + 1),
};

describe('a set with a position model', () => {
  test('judges an open position by the market and its state', async () => {
    const model = await loadModel({ ...asked, folder: aSet() });
    const losing = await model.position?.predict(vector, [0.5, -1, -1, 1]);
    const winning = await model.position?.predict(vector, [0.5, 1, 1, 1]);
    const share = (strength: number, r: number) =>
      Math.exp(-strength * r) / (1 + Math.exp(strength * r) + Math.exp(-strength * r));
    const mean = ([1, 2, 3] as const).reduce((sum, each) => sum + share(each, -1) / 3, 0);
    expect(losing?.mean.exit).toBeCloseTo(mean, 5);
    expect(losing?.members['m3']).toMatchObject({ vote: 'exit' });
    expect(winning?.members['m3']).toMatchObject({ vote: 'add' });
    expect(losing).toMatchObject({ trace: vector.trace, modelHash: model.hash });
    await model.release();
  });

  test('says so with every prediction; a set without one does not', async () => {
    const with_ = await loadModel({ ...asked, folder: aSet() });
    const without = await loadModel({ ...asked, folder: shipped });
    expect(await with_.predict(vector)).toMatchObject({ hasPositionModel: true });
    expect(await without.predict(vector)).not.toHaveProperty('hasPositionModel');
    expect(without.position).toBeUndefined();
    await with_.release();
    await without.release();
  });

  test.each<[string, (position: Record<string, unknown>) => void, string]>([
    [
      'whose state features are others',
      (position) => {
        position['state_features'] = ['pnl_pct', 'bars_held_norm', 'r_multiple', 'pos_direction'];
      },
      'state_features',
    ],
    [
      'whose classes stand in another order',
      (position) => {
        position['classes'] = ['exit', 'hold', 'add'];
      },
      'classes',
    ],
    [
      'without members',
      (position) => {
        position['models'] = {};
      },
      'without members',
    ],
    [
      'one of whose files is another',
      (position) => {
        const models = position['models'] as Record<string, { sha256: string }>;
        Object.assign(models['m2'] ?? {}, { sha256: 'f'.repeat(64) });
      },
      'is not the file of its manifest',
    ],
    [
      'one of whose files is not there',
      (position) => {
        const models = position['models'] as Record<string, { file: string }>;
        Object.assign(models['m2'] ?? {}, { file: 'absent.onnx' });
      },
      'cannot be read',
    ],
  ])('is refused %s', async (_name, change, words) => {
    await expect(loadModel({ ...asked, folder: aSet(change) })).rejects.toThrow(words);
  });

  test('is refused before a start where a file is another', async () => {
    const folder = aSet();
    writeFileSync(join(folder, 'position_1.onnx'), 'something else');
    await expect(assertModelUsable({ ...asked, folder })).rejects.toThrow('position_1.onnx');
  });
});
