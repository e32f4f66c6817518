/**
 * Which SQLite serves this Node, and how its files are opened. better-sqlite3 13 segfaults below Node 22.14 and 12
 * aborts on Node 24 when a busy thread ends, so both are installed and the right one is loaded.
 */
import { createRequire } from 'node:module';
import type Database from 'better-sqlite3';

export type SqliteDatabase = Database.Database;

export class SqliteUnavailableError extends Error {
  override readonly name = 'SqliteUnavailableError';
}

/** The package that serves a Node of this version: `22.14.0` and later take 13, earlier ones 12. */
export function sqlitePackageFor(nodeVersion: string): 'better-sqlite3' | 'better-sqlite3-13' {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 14) ? 'better-sqlite3-13' : 'better-sqlite3';
}

/** Opens (and creates) a database in WAL mode. `full` puts every commit on disk before it returns. */
export function openDatabase(
  path: string,
  options: {
    readonly synchronous: 'FULL' | 'NORMAL';
    readonly isReadonly?: boolean;
    /** Of a file that is created; undefined for SQLite's own 4,096. */
    readonly pageBytes?: number;
  },
): SqliteDatabase {
  const database = new (loadSqlite())(path, { readonly: options.isReadonly ?? false });
  database.pragma('busy_timeout = 5000');
  if (options.pageBytes !== undefined) database.pragma(`page_size = ${options.pageBytes}`);
  if (!options.isReadonly) {
    database.pragma('journal_mode = WAL');
    database.pragma(`synchronous = ${options.synchronous}`);
  }
  return database;
}

/**
 * Loads the package and has it open a database in memory, because what was compiled for another Node only fails then.
 * `from` says whose packages. Throws `SqliteUnavailableError` with what to do.
 */
export function loadSqlite(from: string = import.meta.url): typeof Database {
  const name = sqlitePackageFor(process.versions.node);
  try {
    const sqlite = createRequire(from)(name) as typeof Database;
    new sqlite(':memory:').close();
    return sqlite;
  } catch (cause) {
    throw new SqliteUnavailableError(
      `Node ${process.versions.node} needs the package ${name}, which does not load here: run "npm ci" with this Node`,
      { cause },
    );
  }
}
