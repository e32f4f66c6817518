import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AccountPolicy } from '../src/account/policy.ts';
import { hashBytes, type PredictionTable, toldNames } from '../src/backtest/prediction-table.ts';
import type { SetOverride } from '../src/backtest/sweep/grids.ts';
import { sweepWindow } from '../src/backtest/sweep/sweep-window.ts';
import { type SweepWorld, sweepWorld } from '../src/backtest/sweep/sweep-world.ts';
import { backtestAccount } from '../src/cli/backtest-account.ts';
import { defaultConfig } from '../src/config/default-config.ts';
import type { Bar } from '../src/domain/bar.ts';
import { classes, type Manifest, manifestSchema, memberNames } from '../src/inference/manifest.ts';
import { seededRandom } from '../src/runtime/seeded-random.ts';
import { generatedBars } from './generated-bars.ts';

const symbol = 'BTCUSD';
const models = join(import.meta.dirname, '..', 'models', symbol);

export const shippedManifest: Manifest = manifestSchema.parse(
  JSON.parse(readFileSync(join(models, 'manifest.json'), 'utf8')),
);

/** Models that say anything, with an ATR of 30: what is swept need not be wise. */
export function randomTable(rows: number, seed = 1): PredictionTable {
  const random = seededRandom(seed);
  const told = toldNames.length + 1;
  return {
    modelHash: 'random',
    first: 0,
    rows,
    members: memberNames,
    raw: Float32Array.from({ length: rows * memberNames.length * classes.length }, () => random()),
    told: Float64Array.from({ length: rows * told }, (_, index) =>
      index % told === 0 ? 30 : random(),
    ),
    hashes: Buffer.alloc(rows * hashBytes),
  };
}

/** The policy of an account with the default of every key, eager to trade, changed as a set would. */
export function sweptPolicy(override: SetOverride = {}): AccountPolicy {
  return sweptAccount(override).policy;
}

function sweptAccount(override: SetOverride = {}) {
  const eager = { min_confidence: 0.34, min_prob_gap: 0, max_daily_loss_pct: 90 };
  const wishes = { symbol, account: 'defaults', override: { ...eager, ...override } };
  return backtestAccount(wishes, () => defaultConfig(symbol));
}

/** A world of generated bars; all of them count as out of sample. */
export function randomWorld(count: number): {
  readonly world: SweepWorld;
  readonly bars: readonly Bar[];
} {
  const bars = generatedBars({ seed: 5, count, start: Date.UTC(2025, 0, 6) });
  const window = sweepWindow({ first: 0, last: count - 1 });
  if (window === undefined) throw new Error(`${count} bars are too few`);
  const table = randomTable(count);
  const parts = { ...sweptAccount(), symbol, bars, table, manifest: shippedManifest };
  return { world: sweepWorld(parts, window), bars };
}
