/** Bars in Parquet: the columns of the CSV, under the same names; others are ignored. */
import type { Bar } from '../domain/bar.ts';
import type { EpochMs, Price } from '../domain/units.ts';
import { BarFileError } from './bar-file-error.ts';
import { barProblem, timeProblem } from './bar-series.ts';
import { readColumns } from './parquet-columns.ts';

/**
 * Every row as a bar. `time` is a count of unix seconds or a timestamp, UTC. Throws `BarFileError` at the first row
 * that is no bar or is not after the one before.
 */
export async function parseParquetBars(bytes: Uint8Array, file: string): Promise<Bar[]> {
  const table = await readTable(bytes, file);
  const bars: Bar[] = [];
  let previous = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < table.rows; row++) {
    const bar = barOf(table, row);
    const problem = timeProblem(bar.openTime) ?? barProblem(bar, previous);
    if (problem !== undefined) throw new BarFileError(file, { line: row + 1 }, problem);
    bars.push(bar);
    previous = bar.openTime;
  }
  return bars;
}

type Column = readonly unknown[];
type Table = {
  readonly rows: number;
  readonly time: Column;
  readonly open: Column;
  readonly high: Column;
  readonly low: Column;
  readonly close: Column;
  readonly volume: Column;
  readonly spread: Column | undefined;
};

async function readTable(bytes: Uint8Array, file: string): Promise<Table> {
  const columns = await columnsOf(bytes, file);
  const required = (name: string): Column => {
    const column = columns.get(name);
    if (column) return column;
    const found = [...columns.keys()].slice(0, 20).join(', ');
    throw new BarFileError(file, {}, `column "${name}" is missing, it has: ${found}`);
  };
  const time = required('time');
  return {
    rows: time.length,
    time,
    open: required('open'),
    high: required('high'),
    low: required('low'),
    close: required('close'),
    volume: required('volume'),
    spread: columns.get('spread_points'),
  };
}

async function columnsOf(bytes: Uint8Array, file: string): Promise<ReadonlyMap<string, unknown[]>> {
  try {
    return await readColumns(bytes);
  } catch (cause) {
    const reason = `is no Parquet file that can be read (${(cause as Error).message})`;
    throw new BarFileError(file, { cause }, reason);
  }
}

function barOf({ time, open, high, low, close, volume, spread }: Table, row: number): Bar {
  const bar = {
    openTime: openTimeOf(time[row]),
    open: numberOf(open[row]) as Price,
    high: numberOf(high[row]) as Price,
    low: numberOf(low[row]) as Price,
    close: numberOf(close[row]) as Price,
    volume: numberOf(volume[row]),
  };
  return spread ? { ...bar, spreadPoints: numberOf(spread[row]) } : bar;
}

function openTimeOf(value: unknown): EpochMs {
  return (value instanceof Date ? value.getTime() : numberOf(value) * 1_000) as EpochMs;
}

/** NaN for everything that is no number: the checks refuse it with its row. */
function numberOf(value: unknown): number {
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : Number.NaN;
}
