import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, test } from 'vitest';
import { replayFrom, someBars, type Wire } from '../../test/fixtures/simulated-terminal.ts';

const children = new Set<ChildProcess>();
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
});

const program = `
  const { terminalCommand } = await import(${JSON.stringify(new URL('./terminal.ts', import.meta.url).href)});
  await terminalCommand().parseAsync(process.argv.slice(1), { from: 'user' }).catch((error) => {
    process.stderr.write(error.name + ': ' + error.message);
    process.exitCode = 2;
  });`;

const tokens = { NOVOSKY_TERMINAL_TOKEN: 'trade', NOVOSKY_CONTROL_TOKEN: 'control' };

function run(args: readonly string[], env: Record<string, string> = tokens): ChildProcess {
  const node = ['--import', 'tsx', '--input-type=module', '-e', program, '--', ...args];
  const child = spawn(process.execPath, node, {
    cwd: join(import.meta.dirname, '..', '..'),
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  return child;
}

/** Starts a terminal and waits until it says where it listens. */
async function started(args: readonly string[]): Promise<{ child: ChildProcess; url: string }> {
  const child = run(args);
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const url = /^terminal listens {2}(\S+)/.exec(line)?.[1];
    if (url !== undefined) return { child, url };
  }
  throw new Error('the terminal ended before it listened');
}

async function failure(args: readonly string[], env: Record<string, string> = tokens) {
  const child = run(args, env);
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    text += String(chunk);
  });
  const [code] = await once(child, 'exit');
  return { code: code as number, text };
}

async function ask<T>(url: string, path: string, body?: unknown): Promise<T> {
  const token = path.startsWith('/_sim') ? 'control' : 'trade';
  const response = await fetch(`${url}${path}`, {
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  return (await response.json()) as T;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function aReplay(): { file: string; state: string } {
  const folder = mkdtempSync(join(tmpdir(), 'novosky-terminal-cli-'));
  const rows = someBars(50, 50).map(({ openTime, open, high, low, close, volume }) =>
    [openTime / 1_000, open, high, low, close, volume].join(','),
  );
  const file = join(folder, 'bars.csv');
  writeFileSync(file, ['time,open,high,low,close,volume', ...rows, ''].join('\n'));
  return { file, state: join(folder, 'state') };
}

describe('novosky terminal', () => {
  test('survives kill -9: books, positions and the step are there again', async () => {
    const { file, state } = aReplay();
    const args = ['--replay', file, '--from', '2025-01-06', '--state', state, '--cent', '--port'];
    const first = await started([...args, '0']);
    const order = {
      symbol: 'BTCUSDc',
      type: 'BUY',
      volume: 0.1,
      sl: 900,
      tp: 1_200,
      comment: 'one',
    };
    expect(await ask(first.url, '/orders', order)).toMatchObject({ retcode: 10_009 });
    await ask(first.url, '/_sim/advance', { step: 3 });
    expect(await ask(first.url, '/orders', order)).toMatchObject({ retcode: 10_009 });
    const paths = ['/account', '/positions', '/_sim/state', '/history/deals?from=0&to=1999999999'];
    const before = await Promise.all(paths.map((path) => ask(first.url, path)));
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    const second = await started([...args, new URL(first.url).port]);
    expect(await Promise.all(paths.map((path) => ask(second.url, path)))).toEqual(before);
    expect(before[2]).toMatchObject({ step: 3, now: replayFrom + 3 * 900_000 });
  });

  test('survives kill -9 in the middle of a long advance with whole books', async () => {
    const state = join(mkdtempSync(join(tmpdir(), 'novosky-terminal-cli-')), 'state');
    const first = await started(['--seed', '5', '--state', state, '--port', '0']);
    const { bid } = await ask<{ bid: number }>(first.url, '/symbols/BTCUSD/tick');
    for (const distance of [200, 400, 800, 1_600]) {
      const [sl, tp] = [Math.round(bid - distance), Math.round(bid + distance)];
      await ask(first.url, '/orders', { symbol: 'BTCUSD', type: 'BUY', volume: 0.1, sl, tp });
    }
    const interrupted = ask(first.url, '/_sim/advance', { step: 300_000 }).catch(() => 'cut');
    const whileBusy = join(state, 'BTCUSD.db-wal');
    await expect.poll(() => sizeOf(whileBusy)).toBeGreaterThan(200_000);
    first.child.kill('SIGKILL');
    expect(await interrupted).toBe('cut');
    const second = await started(['--seed', '5', '--state', state, '--port', '0']);
    const { step } = await ask<{ step: number }>(second.url, '/_sim/state');
    expect(step).toBeGreaterThan(0);
    expect(step).toBeLessThan(300_000);
    const deals = await ask<Wire[]>(second.url, '/history/deals?from=0&to=1999999999');
    const { balance } = await ask<{ balance: number }>(second.url, '/account');
    const sum = deals.reduce((total, deal) => total + Math.round(Number(deal['profit']) * 100), 0);
    expect(Math.round(balance * 100)).toBe(sum);
    const open = await ask<Wire[]>(second.url, '/positions');
    const opened = deals.filter((deal) => deal['type'] !== 2 && deal['entry'] === 0);
    const closed = deals.filter((deal) => deal['entry'] === 1);
    expect(open.length).toBe(opened.length - closed.length);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'ends in order on %s, also when it comes twice',
    async (signal) => {
      const { file, state } = aReplay();
      const { child } = await started([
        '--replay',
        file,
        '--from',
        '2025-01-06',
        '--state',
        state,
        '--port',
        '0',
      ]);
      child.kill(signal);
      child.kill(signal);
      expect(await once(child, 'exit')).toEqual([0, null]);
    },
  );

  test.each<[string, readonly string[], RegExp]>([
    ['a replay without a bar before it', ['--from', '2025-01-01'], /the data has 0 and 100/],
    [
      'more bars than there are',
      ['--from', '2025-01-06', '--bars', '51'],
      /needs a bar before it and 51 .* has 50 and 50/,
    ],
    ['a start that features never reach', [], /too few for one feature vector/],
    [
      'a symbol that nobody quotes',
      ['--from', '2025-01-06', '--symbol', 'DOGUSD'],
      /no simulated broker quotes DOGUSD/,
    ],
  ])('refuses %s', async (_says, args, reason) => {
    const { file, state } = aReplay();
    const { code, text } = await failure([
      '--replay',
      file,
      '--state',
      state,
      '--port',
      '0',
      ...args,
    ]);
    expect(text).toMatch(/^UsageError/);
    expect(text).toMatch(reason);
    expect(code).toBe(2);
  });

  test('names the variables that are missing', async () => {
    const { text } = await failure(['--port', '0'], { NOVOSKY_TERMINAL_TOKEN: 'trade' });
    expect(text).toMatch(/^UsageError: set NOVOSKY_CONTROL_TOKEN in the environment/);
  });
});
