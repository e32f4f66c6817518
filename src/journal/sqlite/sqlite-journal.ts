import { closeSync, fdatasync, openSync } from 'node:fs';
import type { Statement } from 'better-sqlite3';
import { assert } from '../../domain/assert.ts';
import { migrate } from '../../sqlite/migrate.ts';
import { openDatabase, type SqliteDatabase } from '../../sqlite/sqlite.ts';
import type { Journal, JournalFact, Snapshot } from '../journal.ts';
import { factText } from './fact-text.ts';
import { JournalCorruptError, JournalUnavailableError, journalError } from './journal-error.ts';
import { isReadable, migrations } from './schema.ts';

/**
 * Facts after which the write-ahead log goes into the database, about 0.8 MB: when nobody waits, and else, at several
 * times that, in the middle of an append. A log that starts over in time stays short, and to overwrite takes a disk
 * half as long as to append.
 */
const factsPerTidy = 128;
const logPagesMax = 4_000;
/** So many facts at most are written by one statement. */
const togetherMax = 8;

type Durability = 'full' | 'normal';
type Column = number | string | null;
type Row = { readonly sequence: number; readonly payload: string };

/**
 * Opens (and creates) the journal at `path`: SQLite in WAL mode, readable by others meanwhile. Throws
 * `JournalUnavailableError` or `JournalCorruptError`, each with what to do.
 *
 * `full` syncs the whole write-ahead log, so it also puts what was appended `normal` before it on disk.
 *
 * @param opened told of the database before anything is written to it
 */
export function openJournal<Fact extends JournalFact>(
  path: string,
  opened: (database: SqliteDatabase) => void = () => {},
): Journal<Fact> {
  return answering(path, () => new SqliteJournal<Fact>(path, opened));
}

/**
 * The facts of a journal, oldest first, without writing to it: also while its owner appends, and none where its owner
 * has created the file and not yet laid out its tables.
 *
 * @param after sequence number of the last fact that is not wanted; they are counted from 1 without a gap
 */
export function readJournal<Fact extends JournalFact>(path: string, after = 0): Fact[] {
  return answering(path, () => {
    const database = openDatabase(path, { synchronous: 'NORMAL', isReadonly: true });
    try {
      // One transaction: the tables must not appear between the look for them and the look at them.
      return database.transaction(() => {
        if (isBlank(database)) return [];
        const version = database.pragma('user_version', { simple: true }) as number;
        if (!isReadable(version)) throw foreignSchema(path, version);
        const rows = database.prepare<[number], Row>(
          'SELECT sequence, payload FROM facts WHERE sequence > ? ORDER BY sequence',
        );
        return rows.all(after).map((row) => factOf<Fact>(path, row));
      })();
    } finally {
      database.close();
    }
  });
}

/** Nothing was ever laid out in it. */
export function isBlank(database: SqliteDatabase): boolean {
  return database.prepare('SELECT 1 FROM sqlite_master LIMIT 1').get() === undefined;
}

export function foreignSchema(path: string, version: number): JournalUnavailableError {
  const next =
    version > migrations.length
      ? 'read it with the version that wrote it'
      : 'start the engine once to lay out its tables';
  return new JournalUnavailableError(
    `the journal ${path} has schema ${version}, this program reads ${migrations.length}: ${next}`,
  );
}

class SqliteJournal<Fact extends JournalFact> implements Journal<Fact> {
  readonly #path: string;
  readonly #database: SqliteDatabase;
  readonly #insertAll: (facts: readonly Fact[]) => void;
  /** By how many facts they write. */
  readonly #inserts = new Map<number, Statement<[Column[]]>>();
  #durability: Durability = 'normal';
  #factsSinceTidy: number;
  readonly #log: LogFile;

  constructor(path: string, opened: (database: SqliteDatabase) => void) {
    this.#path = path;
    // Accounts of one thread take part in the same bars: they must not all tidy up after the same one.
    this.#factsSinceTidy = placeOf(path) % factsPerTidy;
    this.#log = new LogFile(`${path}-wal`);
    this.#database = openDatabase(path, { synchronous: 'NORMAL' });
    this.#database.pragma(`wal_autocheckpoint = ${logPagesMax}`);
    opened(this.#database);
    migrate(this.#database, migrations);
    this.#insertAll = this.#database.transaction((facts: readonly Fact[]) => {
      for (let first = 0; first < facts.length; first += togetherMax) {
        this.#insert(facts.slice(first, first + togetherMax));
      }
    });
  }

  append(facts: readonly Fact[], durability: Durability): void {
    if (facts.length === 0) return;
    answering(this.#path, () => {
      this.#switchTo(durability);
      if (facts.length <= togetherMax) this.#insert(facts);
      else this.#insertAll(facts);
      this.#factsSinceTidy += facts.length;
    });
  }

  sync(): Promise<void> {
    return this.#log.sync().catch((cause: Error) => {
      const next = 'check the disk, then start again';
      const reason = `the journal ${this.#path} cannot be put on disk (${cause.message}): ${next}`;
      throw new JournalUnavailableError(reason, { cause });
    });
  }

  tidy(): void {
    if (this.#factsSinceTidy < factsPerTidy) return;
    this.#factsSinceTidy = 0;
    answering(this.#path, () => this.#database.pragma('wal_checkpoint(PASSIVE)'));
  }

  *read(after: number): Iterable<{ readonly sequence: number; readonly fact: Fact }> {
    assert(after >= 0, `a journal is read from 0 on, was ${after}`);
    const rows = this.#database
      .prepare<[number], Row>(
        'SELECT sequence, payload FROM facts WHERE sequence > ? ORDER BY sequence',
      )
      .all(after);
    for (const row of rows) {
      yield { sequence: row.sequence, fact: factOf<Fact>(this.#path, row) };
    }
  }

  saveSnapshot({ sequence, version, state }: Snapshot): void {
    answering(this.#path, () => {
      this.#switchTo('normal');
      this.#database
        .prepare(
          `INSERT INTO snapshot (id, sequence, version, state) VALUES (1, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET
             sequence = excluded.sequence, version = excluded.version, state = excluded.state`,
        )
        .run(sequence, version, JSON.stringify(state));
    });
  }

  snapshot(): Snapshot | undefined {
    const row = this.#database
      .prepare<[], { sequence: number; version: number; state: string }>(
        'SELECT sequence, version, state FROM snapshot',
      )
      .get();
    return row && { ...row, state: JSON.parse(row.state) as unknown };
  }

  close(): void {
    this.#log.close();
    this.#database.close();
  }

  /** A statement is a transaction of its own: two facts take 32 us, with a statement each between BEGIN and COMMIT 39. */
  #insert(facts: readonly Fact[]): void {
    const columns: Column[] = [];
    for (const fact of facts) columns.push(fact.at, fact.type, traceOf(fact), factText(fact));
    this.#statementFor(facts.length).run(columns);
  }

  #statementFor(count: number): Statement<[Column[]]> {
    const known = this.#inserts.get(count);
    if (known !== undefined) return known;
    const rows = Array<string>(count).fill('(?, ?, ?, ?)').join(', ');
    const statement = this.#database.prepare<[Column[]]>(
      `INSERT INTO facts (at, type, trace, payload) VALUES ${rows}`,
    );
    this.#inserts.set(count, statement);
    return statement;
  }

  /** SQLite ignores the switch inside a transaction; between two it costs a microsecond. */
  #switchTo(durability: Durability): void {
    if (durability === this.#durability) return;
    this.#database.pragma(`synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'}`);
    this.#durability = durability;
  }
}

/**
 * The write-ahead log of a database that is open, which therefore keeps it. A commit has been written to it when it
 * returns, and is on disk when the file is: SQLite's FULL does no more than to wait for that.
 */
class LogFile {
  readonly #path: string;
  #descriptor: number | undefined;
  #syncs = 0;
  #isClosed = false;

  constructor(path: string) {
    this.#path = path;
  }

  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#descriptor ??= openSync(this.#path, 'r+');
      this.#syncs += 1;
      fdatasync(this.#descriptor, (error) => {
        this.#syncs -= 1;
        if (this.#isClosed) this.close();
        if (error) reject(error);
        else resolve();
      });
    });
  }

  /** A number that is closed while somebody waits for it may be another file's by the time that he is served. */
  close(): void {
    this.#isClosed = true;
    if (this.#syncs > 0 || this.#descriptor === undefined) return;
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

/** A number that differs between neighbours. */
function placeOf(path: string): number {
  let place = 0;
  for (const letter of path) place = (place * 31 + letter.charCodeAt(0)) % 65_536;
  return place;
}

function traceOf(fact: JournalFact): string | null {
  return 'trace' in fact && typeof fact.trace === 'string' ? fact.trace : null;
}

export function factOf<Fact extends JournalFact>(path: string, { sequence, payload }: Row): Fact {
  try {
    return JSON.parse(payload) as Fact;
  } catch (cause) {
    throw new JournalCorruptError(
      `fact ${sequence} of the journal ${path} is no JSON: restore the newest backup of the state folder`,
      { cause },
    );
  }
}

export function answering<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw journalError(path, cause);
  }
}
