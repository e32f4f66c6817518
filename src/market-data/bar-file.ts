/** Files of bars: CSV, gzip'd CSV, Parquet. A file is used whole or not at all; holes in it are legal and told. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Bar, Timeframe } from '../domain/bar.ts';
import { timeframeMs } from '../domain/bar.ts';
import { BarFileError } from './bar-file-error.ts';
import { firstOffGrid, type Gap, gapsOf, timeframeOf } from './bar-series.ts';
import { parseCsvBars } from './csv-bars.ts';
import { inflate } from './gzip.ts';
import { parseParquetBars } from './parquet-bars.ts';

export type BarFile = {
  /** Oldest first, strictly increasing, on one grid; at least two. */
  readonly bars: readonly Bar[];
  readonly timeframe: Timeframe;
  readonly gaps: readonly Gap[];
  /** Of the file as it lies on disk, in hex. */
  readonly sha256: string;
};

/**
 * Loads `.csv`, `.csv.gz` (header `time,open,high,low,close,volume`, optionally `spread_points`; time in unix seconds
 * of the open, UTC) or `.parquet` with columns of these names. Throws `BarFileError` with file, line and reason.
 */
export async function loadBars(path: string): Promise<BarFile> {
  const bytes = await readBytes(path);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const { bars, lineOf } = await parseBars(bytes, path);
  if (bars.length < 2) {
    const reason = `needs at least two bars to tell its timeframe, has ${bars.length}`;
    throw new BarFileError(path, {}, reason);
  }
  const timeframe = timeframeOf(bars);
  if (timeframe === undefined) {
    const reason = `the commonest distance of its bars is none of ${Object.keys(timeframeMs).join(', ')}`;
    throw new BarFileError(path, {}, reason);
  }
  const stray = firstOffGrid(bars, timeframe);
  if (stray >= 0) {
    const seconds = (bars[stray] as Bar).openTime / 1_000;
    const reason = `${seconds} is not on the ${timeframe} grid of the other bars`;
    throw new BarFileError(path, { line: lineOf(stray) }, reason);
  }
  return { bars, timeframe, gaps: gapsOf(bars, timeframeMs[timeframe]), sha256 };
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new BarFileError(
      path,
      { cause },
      `cannot be read (${(cause as NodeJS.ErrnoException).code})`,
    );
  }
}

type ParsedBars = { readonly bars: Bar[]; readonly lineOf: (index: number) => number };

async function parseBars(bytes: Uint8Array, path: string): Promise<ParsedBars> {
  if (bytes.length === 0) throw new BarFileError(path, {}, 'is empty');
  if (path.endsWith('.parquet')) {
    return { bars: await parseParquetBars(bytes, path), lineOf: (index) => index + 1 };
  }
  if (path.endsWith('.csv.gz')) return parseCsv(await inflate(bytes, path), path);
  if (path.endsWith('.csv')) return parseCsv(bytes, path);
  throw new BarFileError(path, {}, 'must end in .csv, .csv.gz or .parquet');
}

function parseCsv(bytes: Uint8Array, path: string): ParsedBars {
  return { bars: parseCsvBars(bytes, path), lineOf: (index) => index + 2 };
}
