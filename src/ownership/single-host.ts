import { join } from 'node:path';
import { loadSqlite, type SqliteDatabase } from '../sqlite/sqlite.ts';
import { AccountOwnedError, type Lease, type Ownership } from './ownership.ts';

/** The folder of the locks cannot be used. */
export class OwnershipUnavailableError extends Error {
  override readonly name = 'OwnershipUnavailableError';
}

/**
 * One owner per account on this host: `<folder>/<account>.lock`, a database that its owner holds exclusively for as
 * long as it lives. The operating system ends the hold with the process, SQLite with the thread, so a lock never
 * outlives its owner. Nothing else may open or close that file in this process: POSIX locks would drop.
 */
export function singleHostOwnership(folder: string): Ownership {
  return {
    acquire: (accountId) => acquire(accountId, join(folder, `${accountId}.lock`)),
  };
}

function acquire(accountId: string, path: string): Lease {
  const database = open(path);
  try {
    const epoch = hold(database);
    return { accountId, epoch, release: () => database.close() };
  } catch (cause) {
    database.close();
    if (isBusy(cause)) {
      throw new AccountOwnedError(
        `account ${accountId} is already traded by another engine (${path} is held): stop that one first`,
        { cause },
      );
    }
    throw unavailable(path, cause);
  }
}

function open(path: string): SqliteDatabase {
  const sqlite = loadSqlite();
  try {
    return new sqlite(path, { timeout: 0 });
  } catch (cause) {
    throw unavailable(path, cause);
  }
}

/** In exclusive mode the lock of the first write stays until the connection closes. */
function hold(database: SqliteDatabase): number {
  database.pragma('locking_mode = EXCLUSIVE');
  database.pragma('synchronous = FULL');
  database.exec('BEGIN EXCLUSIVE');
  database.exec(
    'CREATE TABLE IF NOT EXISTS fence (id INTEGER PRIMARY KEY, epoch INTEGER NOT NULL)',
  );
  const row = database
    .prepare<[], { epoch: number }>(
      `INSERT INTO fence (id, epoch) VALUES (1, 1)
       ON CONFLICT (id) DO UPDATE SET epoch = epoch + 1 RETURNING epoch`,
    )
    .get();
  database.exec('COMMIT');
  return row?.epoch ?? 1;
}

function isBusy(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && String(cause.code).startsWith('SQLITE_BUSY');
}

function unavailable(path: string, cause: unknown): OwnershipUnavailableError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new OwnershipUnavailableError(
    `the lock ${path} cannot be used (${reason}): the state folder must exist and be writable by this user`,
    { cause },
  );
}
