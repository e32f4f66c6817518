import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { writeFinerFile } from '../../test/finer-file.ts';
import { trainedTo, writeUnseenBars } from '../../test/unseen-bars.ts';
import { walkForwardCommand } from './walk-forward.ts';

const folder = mkdtempSync(join(tmpdir(), 'novosky-walk-forward-'));
const data = join(folder, 'bars.csv');
const finer = join(folder, 'm5.csv');
const barMs = 900_000;
const foldBars = 28 * 96;
const embargoBars = 48;
/** Just enough for three folds. */
const enough = 3 * (foldBars + embargoBars);

afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

async function gate(unseen: number, isFiner = false): Promise<string> {
  writeUnseenBars(data, unseen);
  if (isFiner) writeFinerFile(finer, data);
  const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  // An account that never trades: what it decides takes no time.
  const options = ['--override', 'min_confidence=1', '--account', 'defaults', '--json'];
  const detail = isFiner ? ['--detail', finer] : [];
  const where = ['--data', data, ...detail, '--symbol', 'BTCUSD', '--cache', join(folder, 'cache')];
  await walkForwardCommand()
    .exitOverride()
    .parseAsync(['node', 'walk-forward', ...where, ...options]);
  return printed.mock.calls.map(([text]) => String(text)).join('');
}

describe('novosky walk-forward', () => {
  test('judges three folds of four weeks, an embargo before each, and fails with exit code 1', async () => {
    const { isPassed, folds } = JSON.parse(await gate(enough));
    const starts = [0, 1, 2].map((fold) => embargoBars + fold * (foldBars + embargoBars));
    expect(folds).toMatchObject(
      starts.map((start) => ({
        from: new Date(trainedTo + start * barMs).toISOString(),
        to: new Date(trainedTo + (start + foldBars) * barMs).toISOString(),
        bars: foldBars,
        isPassed: false,
        shortfalls: [{ limit: 'trades', observed: 0, allowed: 1 }],
      })),
    );
    expect(isPassed).toBe(false);
    expect(process.exitCode).toBe(1);
  });

  test('looks into finer bars in every fold', async () => {
    const { folds, settings } = JSON.parse(await gate(enough, true));
    expect(folds).toMatchObject([1, 2, 3].map(() => ({ barsWithDetail: foldBars })));
    expect(settings.detailSha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test('says how many bars are missing for them', async () => {
    await expect(gate(200)).rejects.toThrow(`${enough - 200} bars (84 days) are missing`);
  });
});
