import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import {
  aConfigFolder,
  anAccount,
  aSimulator,
  anEnvironment as env,
  oneAccount,
  writeConfigFile,
} from '../../test/config-folder.ts';
import type { Config } from './config.ts';
import type { ConfigChange } from './diff-config.ts';
import { loadConfig } from './load-config.ts';
import type { ConfigError } from './mistake.ts';
import { watchConfig } from './watch-config.ts';

const debounceMs = 250;

type Told = { next: Config; changes: readonly ConfigChange[] } | { refused: ConfigError };
let close = () => {};

afterEach(() => close());

/** A watch whose timers are run by hand; what it tells arrives in `told`. */
function watching(folder: string) {
  const timers = new Map<() => void, number>();
  const told: Told[] = [];
  const watch = watchConfig({
    folder,
    env,
    current: loadConfig(folder, env),
    debounceMs,
    whyNotHot: (id) => (id === 'stranger' ? 'nobody knows it' : undefined),
    after: (delayMs, task) => {
      timers.set(task, delayMs);
      return () => timers.delete(task);
    },
    onChange: (next, changes) => told.push({ next, changes }),
    onRefused: (refused) => told.push({ refused }),
  });
  close = () => watch.close();
  const run = (isDue: (delayMs: number) => boolean) => {
    for (const [task, delayMs] of [...timers]) {
      if (isDue(delayMs) && timers.delete(task)) task();
    }
  };
  return {
    told,
    timers,
    /** Ends the quiet time after a change that was seen. */
    settle: () => run((delayMs) => delayMs === debounceMs),
    /** The regular look, five seconds later. */
    look: () => run((delayMs) => delayMs > debounceMs),
  };
}

/** Waits for the file system to tell, and for the files to stand still, until so much was told. */
async function toldAtLeast(count: number, { told, settle }: ReturnType<typeof watching>) {
  while (told.length < count) {
    await new Promise((resolve) => setImmediate(resolve));
    settle();
  }
  return told.at(-1);
}

/** As editors save: into a file beside it, then over it. */
function replace(folder: string, file: string, content: unknown): void {
  const beside = join(folder, `${file}.tmp`);
  writeFileSync(beside, JSON.stringify(content));
  renameSync(beside, join(folder, file));
}

describe('the watch on the configuration', () => {
  test('hears of a file that is replaced, and of the next one too', async () => {
    const folder = aConfigFolder();
    const watch = watching(folder);
    replace(folder, 'accounts.json', oneAccount({ risk_pct: 2 }).accounts);
    expect(await toldAtLeast(1, watch)).toMatchObject({
      next: { accounts: { main: { riskPct: 2 } } },
      changes: [{ path: 'accounts.main.risk_pct', from: 1, to: 2, isHot: true }],
    });
    replace(folder, 'accounts.json', oneAccount({ risk_pct: 3 }).accounts);
    expect(await toldAtLeast(2, watch)).toMatchObject({
      next: { accounts: { main: { riskPct: 3 } } },
      changes: [{ from: 2, to: 3 }],
    });
  });

  test('refuses invalid files once, as a whole, and goes on', async () => {
    const folder = aConfigFolder();
    const watch = watching(folder);
    writeConfigFile(folder, 'config.json', { max_daily_loss_pct: 5, min_votes: 'all' });
    expect(await toldAtLeast(1, watch)).toMatchObject({
      refused: { mistakes: [{ file: 'config.json', path: 'min_votes' }] },
    });
    watch.look();
    watch.settle();
    writeConfigFile(folder, 'config.json', { max_daily_loss_pct: 6 });
    expect(await toldAtLeast(2, watch)).toMatchObject({
      changes: [{ path: 'max_daily_loss_pct', from: 3, to: 6 }],
    });
    expect(watch.told).toHaveLength(2);
  });

  test('tells a cold change once, and does not put it in force', async () => {
    const folder = aConfigFolder();
    const watch = watching(folder);
    writeConfigFile(folder, 'config.json', { deviation_points: 5 });
    expect(await toldAtLeast(1, watch)).toMatchObject({
      next: { accounts: { main: { deviationPoints: 20 } } },
      changes: [{ path: 'deviation_points', isHot: false }],
    });
    writeConfigFile(folder, 'config.json', { deviation_points: 5, max_daily_loss_pct: 1 });
    expect(await toldAtLeast(2, watch)).toMatchObject({
      next: { accounts: { main: { deviationPoints: 20, maxDailyLossPct: 1 } } },
      changes: [{ path: 'max_daily_loss_pct' }],
    });
  });

  test('loses the account that was taken out, and gains the one that can join', async () => {
    const folder = aConfigFolder();
    const watch = watching(folder);
    const newer = { ...anAccount, state_file: 'state_newer.db' };
    writeConfigFile(folder, 'accounts.json', { accounts: { newer } });
    expect(await toldAtLeast(1, watch)).toMatchObject({
      changes: [
        { path: 'accounts.main', isHot: true },
        { path: 'accounts.newer', isHot: true },
      ],
    });
    expect(Object.keys((watch.told[0] as { next: Config }).next.accounts)).toEqual(['newer']);
  });

  test('says why an account cannot join', async () => {
    const folder = aConfigFolder();
    const watch = watching(folder);
    const stranger = { ...anAccount, enabled: true, terminal_key: 'terminal-two' };
    writeConfigFile(folder, 'terminals.json', {
      'terminal-one': aSimulator,
      'terminal-two': aSimulator,
    });
    await toldAtLeast(1, watch);
    writeConfigFile(folder, 'accounts.json', {
      accounts: { main: anAccount, stranger: { ...stranger, state_file: 'state_stranger.db' } },
    });
    expect(await toldAtLeast(2, watch)).toMatchObject({
      changes: [{ path: 'accounts.stranger', isHot: false, why: 'nobody knows it' }],
    });
  });

  test('is silent about a rewrite of the same content', async () => {
    const folder = aConfigFolder();
    const watch = watching(folder);
    watch.look(); // what the files hold is judged once
    watch.settle();
    writeFileSync(join(folder, 'config.json'), readFileSync(join(folder, 'config.json')));
    writeConfigFile(folder, 'notes.txt', 'nothing that counts');
    watch.look();
    expect([...watch.timers.values()]).not.toContain(debounceMs);
    expect(watch.told).toEqual([]);
  });

  test('waits until the files stand still', () => {
    const folder = aConfigFolder();
    const watch = watching(folder);
    writeConfigFile(folder, 'config.json', '{ "max_daily_loss_pct"');
    watch.look();
    writeConfigFile(folder, 'config.json', { max_daily_loss_pct: 5 });
    watch.settle();
    expect(watch.told).toEqual([]);
    watch.settle();
    expect(watch.told).toMatchObject([{ changes: [{ path: 'max_daily_loss_pct' }] }]);
  });

  test('sees by looking what a replaced folder no longer tells', () => {
    const folder = aConfigFolder();
    const watch = watching(folder);
    rmSync(folder, { recursive: true });
    watch.look();
    watch.settle();
    expect(watch.told).toMatchObject([{ refused: { mistakes: { length: 4 } } }]);
    mkdirSync(folder);
    const { accounts } = oneAccount({ risk_pct: 2 });
    for (const [file, content] of filesOf(accounts)) writeConfigFile(folder, file, content);
    watch.look();
    watch.settle();
    expect(watch.told[1]).toMatchObject({ next: { accounts: { main: { riskPct: 2 } } } });
  });

  test('sees what changed between the start and the watch', () => {
    const folder = aConfigFolder();
    const current = loadConfig(folder, env);
    writeConfigFile(folder, 'config.json', { max_daily_loss_pct: 5 });
    const tasks: (() => void)[] = [];
    const told: unknown[] = [];
    const watch = watchConfig({
      folder,
      env,
      current,
      debounceMs,
      whyNotHot: () => undefined,
      after: (_delayMs, task) => {
        tasks.push(task);
        return () => {};
      },
      onChange: (_next, changes) => told.push(changes),
      onRefused: (error) => told.push(error),
    });
    close = () => watch.close();
    for (let task = tasks.shift(); task && told.length === 0; task = tasks.shift()) task();
    expect(told).toMatchObject([[{ path: 'max_daily_loss_pct', from: 3, to: 5 }]]);
  });

  test('ends with its timers', () => {
    const watch = watching(aConfigFolder());
    close();
    expect(watch.timers.size).toBe(0);
  });
});

function filesOf(accounts: unknown): readonly [string, unknown][] {
  const source = aConfigFolder();
  const copied = ['terminals.json', 'config.json', 'ml_config.json'].map(
    (file): [string, unknown] => [file, readFileSync(join(source, file), 'utf8')],
  );
  return [['accounts.json', accounts], ...copied];
}
