import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import {
  startTerminalSimulator,
  type TerminalSimulator,
} from '../../src/terminal-simulator/terminal-simulator.ts';
import { eventually, type Novosky, novosky } from './process.ts';
import { scenarioConfig } from './scenario-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'novosky-live-'));
const [state, config] = [join(folder, 'state'), join(folder, 'config')];
const place = ['--config', config, '--state', state];
const token = 'terminal-secret';
const running: Novosky[] = [];
let terminal: TerminalSimulator;

const aCalendarOfLongAgo = {
  ...{ from: '2024-01-01T00:00:00Z', to: '2024-12-31T00:00:00Z' },
  events: [],
};

/** A terminal that passes for a real one: what is behind it is no money. */
beforeAll(async () => {
  terminal = await startTerminalSimulator({
    ...{ key: 'real', port: 0, token, controlToken: 'control' },
    booksPath: join(folder, 'books.db'),
    source: { kind: 'generator', seed: 1 },
    ...{ symbol: 'BTCUSD', brokerSymbol: 'BTCUSD' },
    account: { login: 7, balance: 10_000, currency: 'USD', leverage: 200, isHedging: true },
    costs: { slippagePoints: 0, commissionPerLot: 0, swapLong: 0, swapShort: 0 },
    clock: systemClock,
  });
  scenarioConfig(config, {
    trading: {
      signal_sources: {},
      news_block_minutes: 15,
      news_filter: { events_file: 'news.json' },
    },
    accounts: ({ icmarkets_main }) => ({
      icmarkets_main: { ...icmarkets_main, mode: 'live', terminal_key: 'real' },
    }),
    terminals: () => ({
      real: {
        ...{ kind: 'mt5', url: terminal.url, token_env: 'REAL_TOKEN' },
        symbols: { BTCUSD: 'BTCUSD' },
      },
    }),
  });
  writeFileSync(join(config, 'news.json'), JSON.stringify(aCalendarOfLongAgo));
});

afterAll(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  await terminal.close();
  rmSync(folder, { recursive: true, force: true });
});

function start(...args: readonly string[]): Novosky {
  const process_ = novosky([...args, ...place], { REAL_TOKEN: token });
  running.push(process_);
  return process_;
}

async function outcome(...args: readonly string[]): Promise<readonly [unknown, string]> {
  const process_ = start(...args);
  return [await process_.ended, process_.output()];
}

/** Starts, says so on its console, and is killed then: what it says in the market is not of interest here. */
async function starts(...args: readonly string[]): Promise<string> {
  const process_ = start('run', '--console', '0', ...args);
  await eventually(
    'the engine to run',
    () => process_.output().includes('started active') || process_.child.exitCode !== null,
  );
  expect(process_.child.exitCode, process_.output()).toBeNull();
  process_.child.kill('SIGKILL');
  await process_.ended;
  return process_.output();
}

describe('an account with "mode": "live"', () => {
  test('starts after an audit and one --i-understand, and by itself from then on', async () => {
    const [first, neverAudited] = await outcome('run', '--i-understand');
    expect(neverAudited).toContain('run novosky audit --account icmarkets_main');
    expect(first).toBe(2);
    expect(await outcome('audit', '--account', 'icmarkets_main')).toEqual([
      0,
      expect.stringContaining('passed'),
    ]);
    const [second, unmeant] = await outcome('run');
    expect(unmeant).toContain('icmarkets_main would trade real money (login 7 at icmarkets)');
    expect(second).toBe(2);
    await starts('--i-understand');
    expect(existsSync(join(state, 'state_icmarkets_main.db.live.json'))).toBe(true);
    expect(await starts()).toContain(
      'alert   the news calendar covers 2024-01-01 to 2024-12-31, and not now: icmarkets_main enters through news',
    );
  }, 120_000);

  test('is refused again once its audit is no more', async () => {
    writeFileSync(join(state, 'state_icmarkets_main.db.audit.json'), '{}');
    const [code, text] = await outcome('run');
    expect(text).toContain('is no audit; run: novosky audit --account icmarkets_main');
    expect(code).toBe(2);
  }, 60_000);
});
