import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { randomBars } from '../../test/random-bars.ts';
import { UsageError } from '../config/usage-error.ts';
import { checkCommand } from './check.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'novosky-check-'));
const data = csvFile('bars.csv', 10_700);
const exitCodeBefore = process.exitCode;

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = exitCodeBefore;
});
afterAll(() => rmSync(folder, { recursive: true }));

function csvFile(name: string, count: number): string {
  const rows = randomBars({ count, seed: 6 }).map((bar) =>
    [bar.openTime / 1_000, bar.open, bar.high, bar.low, bar.close, bar.volume].join(','),
  );
  const path = join(folder, name);
  writeFileSync(path, ['time,open,high,low,close,volume', ...rows, ''].join('\n'));
  return path;
}

async function run(check: string, ...args: string[]): Promise<string> {
  const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const shipped = ['--config', join(root, 'config'), '--models', join(root, 'models')];
  const command = checkCommand();
  for (const each of command.commands) each.configureOutput({ writeErr: () => {} });
  await command.parseAsync(['node', 'check', check, '--symbol', 'BTCUSD', ...shipped, ...args]);
  return printed.mock.calls.map(([text]) => String(text)).join('');
}

describe('novosky check lookahead', () => {
  test('finds nothing in what is shipped, and says what it looked at', async () => {
    expect(await run('lookahead', '--data', data, '--cuts', '2')).toBe(
      'Nothing looks ahead: 76 columns, 2 cuts.\n',
    );
    expect(process.exitCode).toBe(exitCodeBefore);
  });

  test('tells programs the same', async () => {
    const told = JSON.parse(await run('lookahead', '--data', data, '--cuts', '1', '--json'));
    expect(told).toEqual({ cuts: 1, checked: 76, found: [] });
  });
});

describe('novosky check warmup', () => {
  test('shows how far each feature strays, and fails above the tolerance', async () => {
    const strict = await run('warmup', '--data', data, '--cuts', '2', '--tolerance', '1e-9');
    expect(strict).toMatch(/^d1_rsi_norm +\d\.\de-\d$/m);
    expect(strict).not.toMatch(/^rsi_14 /m);
    expect(process.exitCode).toBe(1);
  });

  test('passes below it', async () => {
    await run('warmup', '--data', data, '--cuts', '2', '--tolerance', '1');
    expect(process.exitCode).toBe(exitCodeBefore);
  });
});

describe.each(['lookahead', 'warmup'])('novosky check %s', (check) => {
  test.each([
    ['a file that is not there', ['--data', join(folder, 'none.csv')], UsageError],
    ['too few bars', ['--data', csvFile('few.csv', 500)], UsageError],
    ['no cut', ['--data', data, '--cuts', '0'], CommanderError],
  ])('refuses %s', async (_what, args, refusal) => {
    await expect(run(check, ...args)).rejects.toThrow(refusal);
  });
});
