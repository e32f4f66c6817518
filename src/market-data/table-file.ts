/** Tables of named number columns, written as CSV or Parquet. A file appears whole under its name, or not at all. */
import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { parquetWriteFile } from 'hyparquet-writer';
import { readColumns } from './parquet-columns.ts';

export type TableColumn = {
  readonly name: string;
  /**
   * float64, float32, int32 and int64 as their arrays say; plain numbers are written as float64. NaN stands for
   * itself: nothing is nullable.
   */
  readonly data: Float64Array | Float32Array | Int32Array | BigInt64Array | readonly number[];
};

const chunkCharacters = 1 << 20;
const rowGroupRows = 100_000;

/** Columns of different lengths, or none. */
export class TableShapeError extends Error {
  override readonly name = 'TableShapeError';
}

/**
 * Writes a header and a line per row; numbers in the shortest form that reads back as the same number.
 *
 * @param onRows is told after each piece how many rows are written
 */
export function writeCsv(
  path: string,
  columns: readonly TableColumn[],
  onRows: (rows: number) => void = () => {},
): void {
  const rows = rowsOf(columns);
  writeWhole(path, (partial) => {
    const file = openSync(partial, 'w');
    try {
      let text = `${columns.map(({ name }) => name).join(',')}\n`;
      for (let row = 0; row < rows; row++) {
        text += `${columns.map(({ data }) => data[row]).join(',')}\n`;
        if (text.length < chunkCharacters) continue;
        writeSync(file, text);
        text = '';
        onRows(row + 1);
      }
      writeSync(file, text);
    } finally {
      closeSync(file);
    }
  });
  onRows(rows);
}

/** Writes a Parquet file (snappy, plain pages, no nulls). The same columns give the same bytes. */
export function writeParquet(path: string, columns: readonly TableColumn[]): void {
  rowsOf(columns);
  writeWhole(path, (partial) => {
    parquetWriteFile({
      filename: partial,
      rowGroupSize: rowGroupRows,
      columnData: columns.map(({ name, data }) => ({
        name,
        data: data as Float64Array | number[],
        type: typeOf(data),
        nullable: false,
      })),
      createdBy: 'novosky',
    });
  });
}

/** Reads number columns back, as float64, by name. */
export async function readParquetColumns(path: string): Promise<ReadonlyMap<string, Float64Array>> {
  const columns = await readColumns(await readFile(path));
  return new Map([...columns].map(([name, data]) => [name, Float64Array.from(data, Number)]));
}

function rowsOf(columns: readonly TableColumn[]): number {
  const rows = columns[0]?.data.length;
  if (rows === undefined) throw new TableShapeError('a table needs at least one column');
  const odd = columns.find(({ data }) => data.length !== rows);
  if (odd) {
    throw new TableShapeError(
      `column ${odd.name} has ${odd.data.length} rows, ${columns[0]?.name} has ${rows}`,
    );
  }
  return rows;
}

function writeWhole(path: string, write: (partial: string) => void): void {
  const partial = `${path}.partial`;
  try {
    write(partial);
    renameSync(partial, path);
  } catch (cause) {
    rmSync(partial, { force: true });
    throw cause;
  }
}

function typeOf(data: TableColumn['data']): 'DOUBLE' | 'FLOAT' | 'INT32' | 'INT64' {
  if (data instanceof Float32Array) return 'FLOAT';
  if (data instanceof Int32Array) return 'INT32';
  if (data instanceof BigInt64Array) return 'INT64';
  return 'DOUBLE';
}
