import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import { writeGeneratedFile } from './generated-file.ts';
import { type ReplayResult, replay } from './replay.ts';

const folder = mkdtempSync(join(tmpdir(), 'novosky-kill-'));
const path = join(folder, 'bars.csv');
const configFolder = join(folder, 'config');
const bars = 120;
let from = 0;
let undisturbed: ReplayResult;

/** The shipped configuration, with thresholds at which many bars are signals: a kill should meet trades. */
function writeConfig(): void {
  cpSync(join(import.meta.dirname, '..', '..', 'config'), configFolder, { recursive: true });
  const file = join(configFolder, 'config.json');
  const trading = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  writeFileSync(
    file,
    JSON.stringify({
      ...trading,
      min_confidence: 0.42,
      min_prob_gap: 0.01,
      max_daily_loss_pct: 90,
    }),
  );
}

function run(name: string, onStep?: (step: number, engine: Engine) => void): Promise<ReplayResult> {
  const state = join(folder, name);
  mkdirSync(state);
  return replay({ path, from, bars, state, configFolder, ...(onStep && { onStep }) });
}

/** What must not differ. Attempts and searches may: a trade that was cut off is asked for again. */
function tradesOf({ accounts }: ReplayResult) {
  return Object.fromEntries(
    Object.entries(accounts).map(([id, account]) => [
      id,
      {
        decisions: account.decisions,
        balance: account.balance,
        equity: account.equity,
        trades: account.trades,
        ordersWithoutStop: account.ordersWithoutStop,
        ordersWithoutIntent: account.ordersWithoutIntent,
        duplicateOrders: account.duplicateOrders,
      },
    ]),
  );
}

beforeAll(async () => {
  writeConfig();
  from = writeGeneratedFile(path, { seed: 7, bars });
  undisturbed = await run('undisturbed');
}, 120_000);

describe('a lockstep replay', () => {
  test('trades in every account, so that a kill has something to break', () => {
    for (const account of Object.values(undisturbed.accounts)) {
      expect(account.predictions).toBe(bars);
      expect(account.trades.length).toBeGreaterThan(5);
    }
  });

  test('ends with the same trades when every actor throws once in its handler', async () => {
    const result = await run('throws', (step, engine) => {
      const address = engine.addresses()[(step - 20) / 10];
      if (address !== undefined) void engine.crash(address, 'killed by the test');
    });
    expect(new Set(result.restarts.map(({ actor }) => actor))).toEqual(
      new Set([
        'feed:BTCUSD',
        'features:BTCUSD',
        'inference',
        'account:exness_main',
        'account:icmarkets_main',
        'market-time',
      ]),
    );
    expect(tradesOf(result)).toEqual(tradesOf(undisturbed));
  }, 120_000);

  test('ends with the same trades when every thread but inference is ended once', async () => {
    const result = await run('ends', (step, engine) => {
      const threads = engine.threads().filter((thread) => thread !== 'inference');
      const thread = threads[(step - 20) / 20];
      if (thread !== undefined) void engine.endThread(thread);
    });
    const ended = new Set(result.restarts.map(({ actor }) => actor));
    for (const thread of ['terminals', 'market', 'account:exness_main', 'account:icmarkets_main']) {
      expect(ended).toContain(thread);
    }
    expect(tradesOf(result)).toEqual(tradesOf(undisturbed));
  }, 120_000);
});
