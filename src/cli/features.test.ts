import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { generatedBars } from '../../test/generated-bars.ts';
import { UsageError } from '../config/usage-error.ts';
import type { Bar } from '../domain/bar.ts';
import { featureMatrix } from '../features/feature-matrix.ts';
import { featureNames } from '../features/schema.ts';
import { readParquetColumns } from '../market-data/table-file.ts';
import { featuresCommand } from './features.ts';

const folder = mkdtempSync(join(tmpdir(), 'novosky-features-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bars = generatedBars({ seed: 21, count: 900, holeChance: 0.2, holeBarsMax: 160 });
const matrix = featureMatrix(bars, { roundStep: 1_000 });
const data = csvFile('bars.csv', bars);

function csvFile(name: string, series: readonly Bar[]): string {
  const rows = series.map((bar) =>
    [bar.openTime / 1_000, bar.open, bar.high, bar.low, bar.close, bar.volume].join(','),
  );
  const path = join(folder, name);
  writeFileSync(path, ['time,open,high,low,close,volume', ...rows, ''].join('\n'));
  return path;
}

async function run(options: Record<string, string>): Promise<string> {
  const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const command = featuresCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  await command.parseAsync(['node', 'features', ...args]);
  return printed.mock.calls.map(([text]) => String(text)).join('');
}

beforeEach(() => {
  vi.restoreAllMocks();
});

describe('novosky features', () => {
  const out = join(folder, 'out.csv');
  const options = { data, symbol: 'BTCUSD', out };

  test('writes time and the features of every bar from the first complete one, as CSV', async () => {
    await run(options);
    const [header, ...rows] = readFileSync(out, 'utf8').trimEnd().split('\n');
    expect(header).toBe(['time', ...featureNames].join(','));
    expect(rows).toHaveLength(matrix.rows);
    const numbers = rows.map((row) => row.split(',').map(Number));
    expect(numbers.map(([time]) => time)).toEqual(
      bars.slice(matrix.first).map(({ openTime }) => openTime / 1_000),
    );
    expect(numbers.flatMap((row) => row.slice(1))).toEqual([...matrix.values].map((x) => x + 0));
  });

  test('writes the same numbers as Parquet', async () => {
    const table = join(folder, 'out.parquet');
    await run({ ...options, out: table });
    const columns = await readParquetColumns(table);
    expect([...columns.keys()]).toEqual(['time', ...featureNames]);
    for (const [column, name] of featureNames.entries()) {
      const expected = matrix.values.filter((_, i) => i % 62 === column);
      expect(columns.get(name)).toEqual(expected);
    }
  });

  test('feeds the whole file but writes only from --from to --to', async () => {
    const table = join(folder, 'part.parquet');
    const day = (index: number) =>
      new Date((bars[index] as Bar).openTime).toISOString().slice(0, 10);
    const [from, to] = [day(matrix.first + 20), day(matrix.first + 60)];
    await run({ ...options, out: table, from, to });
    const columns = await readParquetColumns(table);
    const wanted = bars
      .map(({ openTime }, index) => ({ openTime, row: index - matrix.first }))
      .filter(({ openTime }) => {
        const date = new Date(openTime).toISOString().slice(0, 10);
        return date >= from && date <= to;
      });
    expect(wanted.length).toBeGreaterThan(30);
    expect([...(columns.get('time') ?? [])]).toEqual(wanted.map(({ openTime }) => openTime / 1e3));
    expect([...(columns.get('atr_14') ?? [])]).toEqual(
      wanted.map(({ row }) => matrix.values[row * 62 + 4]),
    );
  });

  test('says how much was written and which bars are missing', async () => {
    const printed = await run(options);
    expect(printed).toMatch(/gaps: \d+, bars missing: \d+ \(nothing is filled\), the longest \d+/);
    expect(printed).toContain(`${matrix.rows} rows of 62 features written to ${out}`);
  });

  test('takes another distance between round prices', async () => {
    const table = join(folder, 'round.parquet');
    await run({ ...options, symbol: 'SOLUSD', 'round-step': '250', out: table });
    const other = featureMatrix(bars, { roundStep: 250 });
    const column = featureNames.indexOf('dist_to_round_number');
    expect((await readParquetColumns(table)).get('dist_to_round_number')).toEqual(
      other.values.filter((_, i) => i % 62 === column),
    );
  });

  const broken = join(folder, 'broken.csv');
  writeFileSync(broken, readFileSync(data, 'utf8').replace(/\n(\d+),/, '\nx$1,'));

  test.each<[string, Record<string, string>, RegExp]>([
    ['a file that is not there', { data: join(folder, 'none.csv') }, /none\.csv: cannot be read/],
    ['a broken line', { data: broken }, /broken\.csv:2: time is not a number/],
    ['M5 bars', { data: m5File() }, /need M15 bars, these are M5/],
    ['too few bars', { data: csvFile('few.csv', bars.slice(0, 600)) }, /600 bars are too few/],
    ['an unknown symbol', { symbol: 'SOLUSD' }, /no distance between round prices.*SOLUSD/],
    ['an output of another kind', { out: join(folder, 'out.xlsx') }, /--out must end in/],
    ['a folder that is not there', { out: join(folder, 'no/out.csv') }, /cannot be written/],
    [
      'a time after the end',
      { from: '2031-01-01' },
      /no bar .* between --from and --to; they reach/,
    ],
  ])("refuses %s as the caller's mistake", async (_, change, reason) => {
    const failed = run({ ...options, ...change });
    await expect(failed).rejects.toThrow(UsageError);
    await expect(failed).rejects.toThrow(reason);
  });

  test.each([
    ['from', 'yesterday'],
    ['to', '2025-02-30'],
    ['round-step', '-1'],
  ])('refuses --%s %s', async (name, value) => {
    await expect(run({ ...options, [name]: value })).rejects.toThrow(CommanderError);
  });
});

function m5File(): string {
  return csvFile('m5.csv', generatedBars({ seed: 1, count: 50, barMs: 300_000 }));
}
