import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { randomBars } from '../../test/random-bars.ts';
import { UsageError } from '../config/usage-error.ts';
import type { Bar } from '../domain/bar.ts';
import { trainCommand } from './train.ts';

const scratch = mkdtempSync(join(tmpdir(), 'novosky-train-command-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const config = join(import.meta.dirname, '..', '..', 'config');

/** A file of generated M15 bars. */
function aFile(bars: readonly Bar[], name = 'bars.csv'): string {
  const path = join(mkdtempSync(join(scratch, 'data-')), name);
  const rows = bars.map(
    ({ openTime, open, high, low, close, volume }) =>
      `${openTime / 1_000},${open},${high},${low},${close},${volume}`,
  );
  writeFileSync(path, ['time,open,high,low,close,volume', ...rows, ''].join('\n'));
  return path;
}

async function refusal(...words: string[]): Promise<UsageError> {
  const command = trainCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  const outcome = await command
    .parseAsync(['--config', config, ...words], { from: 'user' })
    .catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(UsageError);
  return outcome as UsageError;
}

const bars = randomBars({ count: 200, seed: 1 });
const to = ['--symbol', 'BTCUSD', '--out', join(scratch, 'models')];

describe('novosky train is bad usage', () => {
  test('without a file or a symbol', async () => {
    expect((await refusal('--symbol', 'BTCUSD')).message).toContain('--data');
    expect((await refusal('--data', aFile(bars))).message).toContain('--symbol');
  });

  test('with a file that is not there', async () => {
    expect((await refusal('--data', join(scratch, 'none.csv'), ...to)).message).toContain(
      'none.csv',
    );
  });

  test('with a file that has a bar twice, naming the line', async () => {
    const file = aFile([...bars.slice(0, 50), bars[49] as Bar, ...bars.slice(50)]);
    expect((await refusal('--data', file, ...to)).message).toContain(`${file}:52`);
  });

  test('with bars of another timeframe', async () => {
    const hours = bars.filter((_, index) => index % 4 === 0);
    const { message } = await refusal('--data', aFile(hours), ...to);
    expect(message).toContain('these are H1');
  });

  test('with a symbol whose usual spread nobody knows', async () => {
    const { message } = await refusal('--data', aFile(bars), '--symbol', 'DOGEUSD');
    expect(message).toMatch(/DOGEUSD/);
  });

  test('with a folder that holds something else', async () => {
    const out = join(scratch, 'holiday-pictures');
    mkdirSync(out);
    writeFileSync(join(out, 'beach.png'), '');
    const { message } = await refusal('--data', aFile(bars), '--symbol', 'BTCUSD', '--out', out);
    expect(message).toContain('holds other files than models');
  });

  test('when it is to measure models that are not there', async () => {
    const { message } = await refusal('--data', aFile(bars), ...to, '--evaluate');
    expect(message).toContain('manifest.json');
  });
});

test.each([
  ['--signal-rate', '0'],
  ['--signal-rate', 'often'],
  ['--seed', '-1'],
  ['--train-to', 'yesterday'],
])('novosky train refuses %s %s', async (option, value) => {
  const command = trainCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  const parsed = command.parseAsync([option, value], { from: 'user' });
  await expect(parsed).rejects.toMatchObject({ code: 'commander.invalidArgument' });
});
