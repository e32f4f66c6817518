import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { randomWorld, sweptPolicy } from '../../test/sweep-stage.ts';
import { SetPlayer } from '../backtest/sweep/set-player.ts';
import { sweepInputs } from '../backtest/sweep/sweep-inputs.ts';
import { SweepStore } from '../backtest/sweep/sweep-store.ts';
import { defaultConfig } from '../config/default-config.ts';
import { systemClock } from '../runtime/clock.ts';
import { backtestAccount } from './backtest-account.ts';
import { writeSweep } from './sweep-output.ts';

const root = mkdtempSync(join(tmpdir(), 'novosky-sweep-output-'));
afterAll(() => rmSync(root, { recursive: true }));

const symbol = 'BTCUSD';
const { world } = randomWorld(200);
const policy = sweptPolicy();
const wishes = { symbol, account: 'defaults' };
const account = { ...backtestAccount(wishes, () => defaultConfig(symbol)), policy };
const inputs = sweepInputs(world, policy);

/** What stands on the standard output, and where the JSON beside the page would lie. */
async function written(target: 'surface' | 'kelly', json?: string | true) {
  const store = new SweepStore(mkdtempSync(join(root, 'store-')), symbol, inputs);
  const set = { key: policy.hash, target, override: { min_confidence: 0.34 }, policy };
  store.keep(set, await new SetPlayer(world).play(policy));
  const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const options = {
    ...{ ...wishes, target, data: 'bars.csv', config: 'config', models: 'models', state: root },
    ...{ workers: 1, ...(json !== undefined && { json }) },
  };
  const plan = { account, world, sets: [set], inputs, release: () => Promise.resolve() };
  writeSweep(plan, store, { options, clock: systemClock, startedAt: 0 });
  store.close();
  const out = printed.mock.calls.map(([text]) => String(text)).join('');
  printed.mockRestore();
  return { out, beside: store.path.replace('.sqlite', `-${target}.json`) };
}

describe('the JSON of a sweep', () => {
  test('of a surface lies beside the page, also where it is printed', async () => {
    const { out, beside } = await written('surface');
    expect(out).toContain(`JSON: ${beside}`);
    expect(JSON.parse(readFileSync(beside, 'utf8'))).toMatchObject({ target: 'surface' });
    const printed = await written('surface', true);
    expect(readFileSync(printed.beside, 'utf8')).toBe(printed.out);
  });

  test('lies in the file that was asked for, and there alone', async () => {
    const file = join(root, 'asked.json');
    const { out, beside } = await written('surface', file);
    expect(out).toContain(`JSON: ${file}`);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ target: 'surface' });
    expect(existsSync(beside)).toBe(false);
  });

  test('of another target is written where it was asked for', async () => {
    const { out, beside } = await written('kelly');
    expect(out).not.toContain('JSON:');
    expect(existsSync(beside)).toBe(false);
  });
});
