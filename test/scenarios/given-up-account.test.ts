import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { accountId } from '../../src/domain/units.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { TreeNode } from '../../src/runtime/child-spec.ts';
import { writeGeneratedFile } from './generated-file.ts';
import { eventually } from './process.ts';
import { type ReplayResult, replay } from './replay.ts';
import { eager, scenarioConfig } from './scenario-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'novosky-given-up-'));
const path = join(folder, 'bars.csv');
const bars = 400;
const lost = accountId('exness_main');
let from = 0;
let configFolder = '';

beforeAll(() => {
  from = writeGeneratedFile(path, { seed: 7, bars });
  configFolder = scenarioConfig(join(folder, 'config'), { trading: eager });
});

function run(name: string, onStep?: (step: number, engine: Engine) => void): Promise<ReplayResult> {
  const state = join(folder, name);
  mkdirSync(state);
  return replay({ path, from, bars, state, configFolder, ...(onStep && { onStep }) });
}

/** Ends the account's thread as often as its supervisor starts it, until it does not any more. */
async function exhaust(engine: Engine): Promise<void> {
  await eventually('the account to be given up', async () => {
    await engine.endThread(`account:${lost}`);
    return !hasAccount(engine.tree());
  });
}

function hasAccount({ id, children }: TreeNode): boolean {
  return id === lost || children.some(hasAccount);
}

describe('an account that crashes until it is given up', () => {
  test('costs the others nothing, refuses commands with the next step, and returns when a person restarts it', async () => {
    const undisturbed = await run('undisturbed');
    const refused: unknown[] = [];
    let returned: Promise<void> | undefined;
    let lostAt = Number.NaN;
    const result = await run('disturbed', (step, engine) => {
      if (step === 10) void exhaust(engine);
      if (returned !== undefined || hasAccount(engine.tree())) return;
      lostAt = step;
      engine.command(lost, 'pause', 'test').catch((error: unknown) => refused.push(error));
      returned = engine.restart(lost, 'asked for by the test');
    });
    await returned;
    expect(refused).toMatchObject([{ message: expect.stringContaining(`ctl restart ${lost}`) }]);
    expect(result.accounts['icmarkets_main']).toEqual(undisturbed.accounts['icmarkets_main']);
    const decided = result.accounts[lost]?.predictions ?? 0;
    expect(decided).toBeGreaterThan(lostAt);
    expect(decided).toBeLessThan(bars);
    expect(result.accounts[lost]).toMatchObject({ duplicateOrders: 0, ordersWithoutIntent: 0 });
  }, 120_000);
});
