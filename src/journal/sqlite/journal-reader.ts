import { existsSync } from 'node:fs';
import { openDatabase, type SqliteDatabase } from '../../sqlite/sqlite.ts';
import type { JournalFact } from '../journal.ts';
import { isReadable, whereType } from './schema.ts';
import { answering, factOf, foreignSchema, isBlank } from './sqlite-journal.ts';

/** Rows that are read at once. Between two pieces no transaction is open, so a slow reader holds up no checkpoint. */
const rowsPerPiece = 500;

/** A journal as a stranger reads it: nothing is written or migrated, and its owner may append meanwhile. */
export type JournalReader<Fact extends JournalFact> = {
  /** Facts in the order asked for, piece by piece: as many are in memory as one piece holds, for each type. */
  facts<Type extends Fact['type'] = Fact['type']>(
    query?: FactQuery<Type>,
  ): Iterable<NumberedFact<Extract<Fact, { readonly type: Type }>>>;
  close(): void;
};

export type FactQuery<Type extends string> = {
  /** Default: all. */
  readonly types?: readonly Type[];
  readonly order?: 'oldest-first' | 'newest-first';
};

/** A fact and its place in the journal: counted from 1 without a gap. */
export type NumberedFact<Fact> = { readonly sequence: number; readonly fact: Fact };

type Row = { readonly sequence: number; readonly payload: string };
type Order = NonNullable<FactQuery<string>['order']>;

/**
 * Opens the journal at `path` for reading; undefined where there is none yet, or where its owner has just created it.
 * Throws `JournalUnavailableError` for the schema of another version, `JournalCorruptError` for a damaged file.
 */
export function openJournalReader<Fact extends JournalFact>(
  path: string,
): JournalReader<Fact> | undefined {
  if (!existsSync(path)) return undefined;
  return answering(path, () => {
    const database = openDatabase(path, { synchronous: 'NORMAL', isReadonly: true });
    try {
      const version = versionOf(database);
      if (version !== undefined && !isReadable(version)) {
        throw foreignSchema(path, version);
      }
      if (version !== undefined) return readerOf<Fact>(path, database);
      database.close();
      return undefined;
    } catch (cause) {
      database.close();
      throw cause;
    }
  });
}

/** Undefined: nothing was ever laid out in it. One transaction: the tables must not appear in between. */
function versionOf(database: SqliteDatabase): number | undefined {
  return database.transaction(() =>
    isBlank(database) ? undefined : (database.pragma('user_version', { simple: true }) as number),
  )();
}

function readerOf<Fact extends JournalFact>(
  path: string,
  database: SqliteDatabase,
): JournalReader<Fact> {
  return {
    *facts({ types, order = 'oldest-first' } = {}) {
      const series = types
        ? types.map((type) => rowsOfType(path, database, type, order))
        : [allRows(path, database, order)];
      for (const row of merged(series, order)) {
        yield { sequence: row.sequence, fact: factOf(path, row) };
      }
    },
    close: () => database.close(),
  };
}

function rowsOfType(path: string, database: SqliteDatabase, type: string, order: Order) {
  const [after, direction] = order === 'oldest-first' ? ['>', 'ASC'] : ['<', 'DESC'];
  const page = database.prepare<[string, number], Row>(
    `SELECT sequence, payload FROM facts WHERE ${whereType(type)} AND sequence ${after} ?
     ORDER BY sequence ${direction} LIMIT ${rowsPerPiece}`,
  );
  return pieces(path, order, (from) => page.all(type, from));
}

function allRows(path: string, database: SqliteDatabase, order: Order) {
  const [after, direction] = order === 'oldest-first' ? ['>', 'ASC'] : ['<', 'DESC'];
  const page = database.prepare<[number], Row>(
    `SELECT sequence, payload FROM facts WHERE sequence ${after} ?
     ORDER BY sequence ${direction} LIMIT ${rowsPerPiece}`,
  );
  return pieces(path, order, (from) => page.all(from));
}

function* pieces(
  path: string,
  order: Order,
  read: (from: number) => readonly Row[],
): Generator<Row, undefined> {
  let from = order === 'oldest-first' ? 0 : Number.MAX_SAFE_INTEGER;
  for (;;) {
    const rows = answering(path, () => read(from));
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < rowsPerPiece) return undefined;
    from = last.sequence;
  }
}

/** Several ordered series as one: each comes from the index of its type or by walking. */
function* merged(series: readonly Generator<Row, undefined>[], order: Order): Iterable<Row> {
  const heads = series.map((rows) => ({ rows, next: rows.next().value }));
  const isBefore = (one: Row, other: Row) =>
    order === 'oldest-first' ? one.sequence < other.sequence : one.sequence > other.sequence;
  for (;;) {
    let first: (typeof heads)[number] | undefined;
    for (const head of heads) {
      if (head.next === undefined) continue;
      if (first?.next === undefined || isBefore(head.next, first.next)) first = head;
    }
    if (first?.next === undefined) return;
    yield first.next;
    first.next = first.rows.next().value;
  }
}
