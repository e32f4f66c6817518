import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../runtime/seeded-random.ts';
import {
  readParquetColumns,
  type TableColumn,
  TableShapeError,
  writeCsv,
  writeParquet,
} from './table-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'novosky-table-'));
afterAll(() => rmSync(folder, { recursive: true }));

const awkward = [0.1, -0, 1e-300, 5e-324, Number.MAX_VALUE, 1 / 3, -2.5];
const columns: readonly TableColumn[] = [
  { name: 'time', data: BigInt64Array.from(awkward, (_, i) => 1_700_000_000n + BigInt(i)) },
  { name: 'double', data: Float64Array.from(awkward) },
  { name: 'float', data: Float32Array.from(awkward, (x) => Math.min(x, 1)) },
  { name: 'label', data: Int32Array.from(awkward, (_, i) => i - 3) },
  { name: 'weight', data: awkward.map((_, i) => i / 7) },
];

describe('a table in Parquet', () => {
  test('reads back the same in every bit, whatever the kind of column', async () => {
    const path = join(folder, 'kinds.parquet');
    writeParquet(path, columns);
    const read = await readParquetColumns(path);
    expect([...read.keys()]).toEqual(columns.map(({ name }) => name));
    for (const { name, data } of columns) {
      expect(read.get(name)).toEqual(Float64Array.from(data as ArrayLike<number>, Number));
    }
  });

  test('keeps NaN and the infinities', async () => {
    const path = join(folder, 'nan.parquet');
    const data = Float64Array.of(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
    writeParquet(path, [{ name: 'x', data }]);
    expect((await readParquetColumns(path)).get('x')).toEqual(data);
  });

  test('has the same bytes for the same columns', () => {
    const [first, second] = [join(folder, '1.parquet'), join(folder, '2.parquet')];
    writeParquet(first, columns);
    writeParquet(second, columns);
    expect(readFileSync(first).equals(readFileSync(second))).toBe(true);
  });

  test('holds more rows than one row group', async () => {
    const random = seededRandom(1);
    const data = Float64Array.from({ length: 150_001 }, random);
    const path = join(folder, 'long.parquet');
    writeParquet(path, [{ name: 'x', data }]);
    expect((await readParquetColumns(path)).get('x')).toEqual(data);
  });
});

describe('a table in CSV', () => {
  test('has a header and numbers that read back as themselves', () => {
    const path = join(folder, 'kinds.csv');
    writeCsv(path, columns);
    const [header, ...rows] = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(header).toBe('time,double,float,label,weight');
    expect(rows.map((row) => Number(row.split(',')[1]))).toEqual(awkward.map((x) => x + 0));
    expect(rows[0]).toBe('1700000000,0.1,0.10000000149011612,-3,0');
  });

  test('tells how far it is', () => {
    const told: number[] = [];
    const data = Float64Array.from({ length: 300_000 }, (_, i) => i);
    writeCsv(join(folder, 'told.csv'), [{ name: 'x', data }], (rows) => told.push(rows));
    expect(told.length).toBeGreaterThan(1);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(300_000);
  });
});

describe.each([
  ['CSV', 'csv', writeCsv],
  ['Parquet', 'parquet', writeParquet],
])('a table in %s', (_, ending, write) => {
  test('needs columns, all of one length', () => {
    const path = join(folder, `shape.${ending}`);
    const uneven = [
      { name: 'a', data: [1, 2] },
      { name: 'b', data: [1] },
    ];
    expect(() => write(path, [])).toThrow(TableShapeError);
    expect(() => write(path, uneven)).toThrow('column b has 1 rows, a has 2');
    expect(existsSync(path)).toBe(false);
  });

  test('leaves the old file whole when it cannot be written', () => {
    const path = join(folder, `old.${ending}`);
    writeFileSync(path, 'old');
    mkdirSync(`${path}.partial`);
    expect(() => write(path, columns)).toThrow();
    expect(readFileSync(path, 'utf8')).toBe('old');
  });

  test('may have no rows', () => {
    const path = join(folder, `empty.${ending}`);
    write(path, [{ name: 'x', data: new Float64Array(0) }]);
    expect(existsSync(path)).toBe(true);
  });
});
