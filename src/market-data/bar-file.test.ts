import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { generatedBars } from '../../test/generated-bars.ts';
import type { Bar } from '../domain/bar.ts';
import { type BarFile, loadBars } from './bar-file.ts';
import { BarFileError } from './bar-file-error.ts';
import { writeParquet } from './table-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'novosky-bars-'));
afterAll(() => rmSync(folder, { recursive: true }));

const header = 'time,open,high,low,close,volume';
const bars = generatedBars({ seed: 1, count: 50 });

function rowOf({ openTime, open, high, low, close, volume }: Bar): string {
  return [openTime / 1_000, open, high, low, close, volume].join(',');
}

function csvOf(series: readonly Bar[]): string {
  return `${[header, ...series.map(rowOf)].join('\n')}\n`;
}

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function refusal(path: string): Promise<BarFileError> {
  const error = await loadBars(path).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(BarFileError);
  return error as BarFileError;
}

describe('a file of bars', () => {
  test.each([
    ['plain', 'a.csv', csvOf(bars)],
    ["gzip'd", 'a.csv.gz', gzipSync(csvOf(bars))],
    ['with the line ends of Windows', 'crlf.csv', csvOf(bars).replaceAll('\n', '\r\n')],
    ['without a line end at its end', 'open.csv', csvOf(bars).trimEnd()],
    ['with a byte order mark', 'bom.csv', `\ufeff${csvOf(bars)}`],
  ])('in CSV, %s, is read number by number', async (_, name, content) => {
    const file = await loadBars(write(name, content));
    expect(file.bars).toEqual(bars);
    expect(file.timeframe).toBe('M15');
    expect(file.gaps).toEqual([]);
  });

  test('carries the spread where the file states it', async () => {
    const rows = bars.map((bar, index) => `${rowOf(bar)},${index}`);
    const file = await loadBars(
      write('spread.csv', [`${header},spread_points`, ...rows].join('\n')),
    );
    expect(file.bars).toEqual(bars.map((bar, index) => ({ ...bar, spreadPoints: index })));
  });

  test('in Parquet is the same as in CSV', async () => {
    const path = join(folder, 'a.parquet');
    const times = bars.map(({ openTime }) => BigInt(openTime / 1_000));
    writeParquet(path, [
      { name: 'time', data: BigInt64Array.from(times) },
      ...(['open', 'high', 'low', 'close', 'volume'] as const).map((name) => ({
        name,
        data: bars.map((bar) => bar[name] as number),
      })),
    ]);
    expect((await loadBars(path)).bars).toEqual(bars);
  });

  test('is named by the hash of its bytes', async () => {
    const content = gzipSync(csvOf(bars));
    const { sha256 } = await loadBars(write('hash.csv.gz', content));
    expect(sha256).toBe(createHash('sha256').update(content).digest('hex'));
  });

  test('may have holes: they are told, never filled', async () => {
    const holed = bars.filter((_, index) => ![10, 11, 12, 40].includes(index));
    const file = await loadBars(write('holes.csv', csvOf(holed)));
    expect(file.bars).toEqual(holed);
    expect(file.gaps).toEqual([
      { after: bars[9]?.openTime, missing: 3 },
      { after: bars[39]?.openTime, missing: 1 },
    ]);
  });

  test.each([
    ['M1', 60_000],
    ['H4', 14_400_000],
    ['W1', 604_800_000],
  ])('tells its own timeframe: %s', async (timeframe, barMs) => {
    const series = generatedBars({ seed: 2, count: 40, barMs, holeChance: 0.1, holeBarsMax: 5 });
    const file = await loadBars(write(`${timeframe}.csv`, csvOf(series)));
    expect(file.timeframe).toBe(timeframe);
  });
});

describe('a number in a CSV', () => {
  const priced = fc.oneof(
    fc.double({ min: 1e-6, max: 1e9, noNaN: true }).map(String),
    fc.integer({ min: 1, max: 1e9 }).map((digits) => (digits / 1e5).toFixed(5)),
    fc.bigInt({ min: 1n, max: 10n ** 25n }).map(String),
    fc.constantFrom('1e3', '2.5E-3', '007.50', '.5', '0.30000000000000004', '9007199254740993'),
  );

  test('is the float64 nearest to its digits', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(priced, { minLength: 2, maxLength: 20 }), async (texts) => {
        const rows = texts.map((text, i) => `${(i + 1) * 900},${text},${text},${text},${text},0`);
        const { bars: read } = await loadBars(write('number.csv', [header, ...rows].join('\n')));
        expect(read.map(({ close }) => close)).toEqual(texts.map(Number));
      }),
      { numRuns: 200 },
    );
  });
});

describe('a file that is refused', () => {
  const lines = csvOf(bars).trimEnd().split('\n');
  /** The file with its line 20 (bar 18) replaced. */
  const withLine = (line: string) => lines.map((old, i) => (i === 19 ? line : old)).join('\n');
  const bar = bars[18] as Bar;
  const changed = (change: object) => withLine(rowOf({ ...bar, ...change }));

  test.each<[string, string, RegExp]>([
    ['a duplicate', withLine(lines[18] as string), /duplicate/],
    ['disorder', withLine(lines[4] as string), /out of order/],
    ['a low above the open', changed({ low: bar.open + 1 }), /impossible prices: low/],
    ['a high below the close', changed({ high: bar.low / 2 }), /impossible prices: high/],
    ['a price of zero', changed({ low: 0 }), /impossible prices: low 0 is not above zero/],
    ['a negative price', changed({ low: -1 }), /impossible prices/],
    ['a negative volume', changed({ volume: -1 }), /volume must not be negative/],
    ['a word for a number', changed({ close: 'n/a' }), /close is not a number: "n\/a"/],
    ['NaN', changed({ high: Number.NaN }), /high is not a number: "NaN"/],
    ['infinity', changed({ high: '1e999' }), /high is not a number/],
    ['a number with a unit', changed({ volume: '10 BTC' }), /volume is not a number: "10 BTC"/],
    ['two signs', changed({ volume: '--1' }), /volume is not a number/],
    ['two points', changed({ volume: '1.2.3' }), /volume is not a number/],
    ['nothing between two commas', changed({ open: '' }), /open is missing/],
    ['too few fields', withLine('1,2,3'), /must have 6 fields/],
    ['too many fields', withLine(`${lines[19]},7`), /must have 6 fields/],
    ['an empty line', withLine(''), /time is missing/],
    ['milliseconds', changed({ openTime: bar.openTime * 1_000 }), /looks like milliseconds/],
    ['half a second', changed({ openTime: bar.openTime + 500 }), /whole unix seconds/],
    ['a bar off the grid', changed({ openTime: bar.openTime + 60_000 }), /not on the M15 grid/],
  ])('for %s names the line', async (_, content, reason) => {
    const error = await refusal(write('bad.csv', content));
    expect(error.reason).toMatch(reason);
    expect(error.line).toBe(20);
    expect(error.message).toContain(`${join(folder, 'bad.csv')}:20: `);
  });

  test.each<[string, string, string | Uint8Array, RegExp]>([
    ['no byte', 'none.csv', '', /is empty/],
    ['only a header', 'header.csv', header, /at least two bars/],
    ['one bar', 'one.csv', csvOf(bars.slice(0, 1)), /at least two bars/],
    ['no header', 'bare.csv', lines.slice(1).join('\n'), /header must be "time,open/],
    [
      'another order of columns',
      'order.csv',
      csvOf(bars).replace('open,high', 'high,open'),
      /header/,
    ],
    ['an unknown ending', 'bars.txt', csvOf(bars), /must end in \.csv, \.csv\.gz or \.parquet/],
    ['no gzip inside', 'fake.csv.gz', csvOf(bars), /no gzip file/],
    ['no Parquet inside', 'fake.parquet', csvOf(bars), /no Parquet file/],
  ])('for %s says so', async (_, name, content, reason) => {
    expect((await refusal(write(name, content))).message).toMatch(reason);
  });

  test('for distances of no timeframe says so', async () => {
    const odd = generatedBars({ seed: 1, count: 20, barMs: 420_000 });
    expect((await refusal(write('odd.csv', csvOf(odd)))).reason).toMatch(/commonest distance/);
  });

  test('when there is none says so', async () => {
    expect((await refusal(join(folder, 'nowhere.csv'))).message).toMatch(/nowhere\.csv: .*ENOENT/);
  });

  test('when the gzip is cut off names the last whole line', async () => {
    const long = csvOf(generatedBars({ seed: 4, count: 4_000 }));
    const whole = gzipSync(long);
    const path = write('cut.csv.gz', whole.subarray(0, Math.floor(whole.length / 2)));
    const error = await refusal(path);
    expect(error.reason).toMatch(/gzip ends too early/);
    const line = error.line ?? 0;
    expect(line).toBeGreaterThan(1_000);
    expect(line).toBeLessThan(3_500);
    expect(error.reason).toContain(`line ${line} is the last whole one`);
  });

  test.each([3, 12, 30])('when only %d bytes of the gzip are there says so', async (length) => {
    const path = write('stub.csv.gz', gzipSync(csvOf(bars)).subarray(0, length));
    expect((await refusal(path)).reason).toMatch(/gzip ends too early: line \d+ is the last/);
  });

  test('when a byte of the gzip was changed is not used', async () => {
    const damaged = gzipSync(csvOf(bars));
    damaged[damaged.length - 6] = (damaged[damaged.length - 6] as number) ^ 1;
    expect((await refusal(write('damaged.csv.gz', damaged))).reason).toMatch(/no gzip file/);
  });

  test('for a missing column of a Parquet names it', async () => {
    const path = join(folder, 'column.parquet');
    writeParquet(path, [{ name: 'time', data: [900, 1_800] }]);
    expect((await refusal(path)).reason).toMatch(/column "open" is missing, it has: time/);
  });

  test('for an impossible row of a Parquet names the row', async () => {
    const path = join(folder, 'row.parquet');
    const column = (name: string, data: number[]) => ({ name, data });
    writeParquet(path, [
      column('time', [900, 1_800, 2_700]),
      ...['open', 'high', 'low', 'close'].map((name) => column(name, [1, Number.NaN, 1])),
      column('volume', [0, 0, 0]),
    ]);
    expect((await refusal(path)).line).toBe(2);
  });
});

const btc = join(import.meta.dirname, '../../../shared/data/btcusd_m15.csv.gz');

describe.skipIf(!existsSync(btc))('a real file (skipped without ../shared/data)', () => {
  test('of 87,548 bars has one hole of four', async () => {
    const file: BarFile = await loadBars(btc);
    expect(file.bars).toHaveLength(87_548);
    expect(file.timeframe).toBe('M15');
    expect(file.gaps).toEqual([{ after: Date.UTC(2024, 9, 28, 19, 45), missing: 4 }]);
  });
});
