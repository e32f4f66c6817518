import { existsSync } from 'node:fs';
import type { Bar, Timeframe } from '../domain/bar.ts';
import type { EpochMs } from '../domain/units.ts';
import { migrate } from '../sqlite/migrate.ts';
import { openDatabase, type SqliteDatabase } from '../sqlite/sqlite.ts';
import { barProblem } from './bar-series.ts';
import { migrations } from './migrations.ts';

/**
 * The closed bars that this host has seen, per symbol and timeframe. A series only grows at its end and a stored bar
 * never changes: whatever was computed from it stays true.
 */
export type BarStore = {
  /**
   * Adds what is newer than the last stored bar, in one transaction. Doing it again changes nothing.
   * Throws `BarStoreError`, and stores nothing, when the bars are not oldest first or impossible.
   */
  append(symbol: string, timeframe: Timeframe, bars: readonly Bar[]): Appended;
  /** Stored bars, oldest first, that opened at `from` or later and not after `to`. */
  bars(symbol: string, timeframe: Timeframe, range?: BarRange): Bar[];
  first(symbol: string, timeframe: Timeframe): Bar | undefined;
  last(symbol: string, timeframe: Timeframe): Bar | undefined;
  close(): void;
};

type BarRange = { readonly from?: EpochMs; readonly to?: EpochMs };

/** What became of the bars of one call; those that were stored already, the same in every number, are not counted. */
type Appended = {
  readonly added: number;
  /** Open times of bars that are stored with other numbers. The stored ones stay. */
  readonly contradictions: readonly EpochMs[];
  /** Open times of bars that belong before the last stored one and are not there. They are not added. */
  readonly late: readonly EpochMs[];
};

export class BarStoreError extends Error {
  override readonly name = 'BarStoreError';
}

/** Opens (and creates) the store. It may be read by others meanwhile; one writer at a time. */
export function openBarStore(path: string): BarStore {
  const database = openDatabase(path, { synchronous: 'NORMAL' });
  migrate(database, migrations);
  const queries = prepare(database);
  return {
    append(symbol, timeframe, bars) {
      checkSeries(`${symbol} ${timeframe}`, bars);
      return database.transaction(() => append(queries, { symbol, timeframe }, bars)).immediate();
    },
    ...readerOf(database),
  };
}

function readerOf(database: SqliteDatabase): BarReader {
  const queries = prepare(database);
  return {
    bars(symbol, timeframe, { from = 0, to = Number.MAX_SAFE_INTEGER } = {}) {
      return queries.range.all({ symbol, timeframe, from, to }).map(barOf);
    },
    first: (symbol, timeframe) => optionalBar(queries.first.get({ symbol, timeframe })),
    last: (symbol, timeframe) => optionalBar(queries.last.get({ symbol, timeframe })),
    close: () => database.close(),
  };
}

/** The part of a store that only reads. */
export type BarReader = Pick<BarStore, 'bars' | 'first' | 'last' | 'close'>;

/** Opens a store without writing to it or migrating it, also while its owner appends; undefined where there is none. */
export function openBarReader(path: string): BarReader | undefined {
  if (!existsSync(path)) return undefined;
  const database = openDatabase(path, { synchronous: 'NORMAL', isReadonly: true });
  try {
    const version = database.pragma('user_version', { simple: true });
    if (version !== migrations.length) {
      throw new BarStoreError(
        `${path} has schema ${version}, this program reads ${migrations.length}: read it with the version that wrote it`,
      );
    }
    return readerOf(database);
  } catch (error) {
    database.close();
    throw error;
  }
}

type Series = { readonly symbol: string; readonly timeframe: Timeframe };

type Row = {
  readonly openTime: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly spreadPoints: number | null;
};

type Queries = ReturnType<typeof prepare>;

function prepare(database: SqliteDatabase) {
  const select = `SELECT open_time AS openTime, open, high, low, close, volume, spread_points AS spreadPoints
    FROM bars WHERE symbol = @symbol AND timeframe = @timeframe`;
  return {
    insert: database.prepare<Series & Row>(
      `INSERT INTO bars VALUES (@symbol, @timeframe, @openTime, @open, @high, @low, @close, @volume, @spreadPoints)`,
    ),
    at: database.prepare<Series & { openTime: number }, Row>(`${select} AND open_time = @openTime`),
    range: database.prepare<Series & { from: number; to: number }, Row>(
      `${select} AND open_time BETWEEN @from AND @to ORDER BY open_time`,
    ),
    first: database.prepare<Series, Row>(`${select} ORDER BY open_time LIMIT 1`),
    last: database.prepare<Series, Row>(`${select} ORDER BY open_time DESC LIMIT 1`),
  };
}

function append(queries: Queries, series: Series, bars: readonly Bar[]): Appended {
  const newest = queries.last.get(series)?.openTime ?? Number.NEGATIVE_INFINITY;
  const contradictions: EpochMs[] = [];
  const late: EpochMs[] = [];
  let added = 0;
  for (const bar of bars) {
    const row = rowOf(bar);
    if (bar.openTime > newest) {
      queries.insert.run({ ...series, ...row });
      added++;
      continue;
    }
    const stored = queries.at.get({ ...series, openTime: bar.openTime });
    if (stored === undefined) late.push(bar.openTime);
    else if (!isSame(stored, row)) contradictions.push(bar.openTime);
  }
  return { added, contradictions, late };
}

function checkSeries(series: string, bars: readonly Bar[]): void {
  let previous = Number.NEGATIVE_INFINITY;
  for (const bar of bars) {
    const problem = barProblem(bar, previous);
    if (problem !== undefined) throw new BarStoreError(`${series} bar: ${problem}`);
    previous = bar.openTime;
  }
}

function isSame(stored: Row, row: Row): boolean {
  return (Object.keys(row) as (keyof Row)[]).every((key) => stored[key] === row[key]);
}

function rowOf({ openTime, open, high, low, close, volume, spreadPoints }: Bar): Row {
  return { openTime, open, high, low, close, volume, spreadPoints: spreadPoints ?? null };
}

function optionalBar(row: Row | undefined): Bar | undefined {
  return row === undefined ? undefined : barOf(row);
}

function barOf({ spreadPoints, ...row }: Row): Bar {
  const bar = row as Bar;
  return spreadPoints === null ? bar : { ...bar, spreadPoints };
}
