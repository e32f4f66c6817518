/** What a simulated broker must not forget, in SQLite: every change is committed before it is told to anybody. */

import type { EpochMs } from '../domain/units.ts';
import type {
  Booked,
  ExchangeDeal,
  ExchangeOrder,
  ExchangeState,
  OpenPosition,
} from '../exchange/state.ts';
import { migrate } from '../sqlite/migrate.ts';
import { openDatabase, type SqliteDatabase } from '../sqlite/sqlite.ts';
import type { MarketMark } from './bar-source.ts';
import { RecentDeals, recentDealsMin } from './recent-deals.ts';

/** These books were begun for another market or another account. */
export class ForeignBooksError extends Error {
  override readonly name = 'ForeignBooksError';
}

/** Another simulator has these books open. */
export class BooksInUseError extends Error {
  override readonly name = 'BooksInUseError';
}

/** Where the books stand: bars of the replay that have closed, and the account then. */
type Progress = { readonly step: number; readonly state: ExchangeState };

export type Books = {
  readonly progress: Progress;
  /** Commits a step and what was booked on it. Writes what differs from the progress so far, nothing else. */
  record(step: number, booked: Booked, marks?: readonly MarketMark[]): void;
  /** Forces the write-ahead log to disk after some commits, and puts a long one into the database: when nobody waits. */
  tidy(): void;
  /** The newest mark at `index` or before. */
  markAt(index: number): MarketMark | undefined;
  /** Both ends included, oldest first. */
  dealsBetween(from: EpochMs, to: EpochMs): ExchangeDeal[];
  ordersBetween(from: EpochMs, to: EpochMs): ExchangeOrder[];
  close(): void;
};

/** So many commits, and those of one bar, are the most that a power cut takes. */
const commitsPerSync = 64;
/**
 * A checkpoint syncs, too, for five times the processor time. A commit takes some five pages of the write-ahead log; at
 * `logPagesMax` of them a commit makes a checkpoint by itself.
 */
const commitsPerCheckpoint = 512;
const logPagesMax = 4_000;
/** A commit writes whole pages for a few hundred bytes in each: small ones take less time. */
const pageBytes = 1_024;

const migrations = [
  `CREATE TABLE identity (value TEXT NOT NULL) STRICT;
   CREATE TABLE account (step INTEGER NOT NULL, value TEXT NOT NULL) STRICT;
   CREATE TABLE positions (ticket INTEGER PRIMARY KEY, value TEXT NOT NULL) STRICT;
   CREATE TABLE deals (ticket INTEGER PRIMARY KEY, at INTEGER NOT NULL, value TEXT NOT NULL) STRICT;
   CREATE INDEX deals_at ON deals (at);
   CREATE TABLE orders (ticket INTEGER PRIMARY KEY, at INTEGER NOT NULL, value TEXT NOT NULL) STRICT;
   CREATE INDEX orders_at ON orders (at);`,
  'CREATE TABLE marks ("index" INTEGER PRIMARY KEY, value TEXT NOT NULL) STRICT;',
];

type Identity = Readonly<Record<string, string | number | boolean>>;

/** Opens books, or begins them with `opening`. Throws `ForeignBooksError` and `BooksInUseError`. */
export function openBooks(path: string, identity: Identity, opening: () => Booked): Books {
  const database = openExclusively(path);
  try {
    migrate(database, migrations);
    assertIdentity(database, path, identity);
    return booksOf(database, opening);
  } catch (error) {
    database.close();
    throw error;
  }
}

function openExclusively(path: string): SqliteDatabase {
  let database: SqliteDatabase | undefined;
  try {
    database = openDatabase(path, { synchronous: 'NORMAL', pageBytes });
    database.pragma('busy_timeout = 0');
    database.pragma(`wal_autocheckpoint = ${logPagesMax}`);
    database.pragma('locking_mode = EXCLUSIVE');
    database.exec('BEGIN IMMEDIATE; COMMIT');
    return database;
  } catch (cause) {
    database?.close();
    if ((cause as { code?: string }).code !== 'SQLITE_BUSY') throw cause;
    throw new BooksInUseError(`${path} is open in another simulator: stop it first`, { cause });
  }
}

function assertIdentity(database: SqliteDatabase, path: string, identity: Identity): void {
  const row = database.prepare('SELECT value FROM identity').get() as { value: string } | undefined;
  if (row === undefined) {
    database.prepare('INSERT INTO identity (value) VALUES (?)').run(JSON.stringify(identity));
    return;
  }
  const known = JSON.parse(row.value) as Identity;
  const differing = [...new Set([...Object.keys(known), ...Object.keys(identity)])]
    .filter((key) => known[key] !== identity[key])
    .map(
      (key) => `${key} is ${known[key] ?? 'absent'} there and ${identity[key] ?? 'absent'} here`,
    );
  if (differing.length === 0) return;
  throw new ForeignBooksError(
    `${path} belongs to another simulation: ${differing.join('; ')}. Use another state folder, or remove this file to begin anew`,
  );
}

function booksOf(database: SqliteDatabase, opening: () => Booked): Books {
  const write = preparedWrites(database);
  const commit = database.transaction(
    (
      before: ExchangeState | undefined,
      after: Progress,
      booked: Booked,
      marks: readonly MarketMark[],
    ) => {
      write.account(after);
      write.positions(before?.positions ?? [], after.state.positions);
      for (const deal of booked.deals) write.deal(deal);
      for (const order of booked.orders) write.order(order);
      for (const mark of marks) write.mark(mark);
    },
  );
  let progress = loadProgress(database);
  if (progress === undefined) {
    const booked = opening();
    progress = { step: 0, state: booked.state };
    commit(undefined, progress, booked, []);
  }
  let current = progress;
  const log = logUpkeep(database, () => write.account(current));
  const deals = loadRecentDeals(database);
  const markAt = database.prepare(
    'SELECT "index", value FROM marks WHERE "index" <= ? ORDER BY "index" DESC LIMIT 1',
  );
  const dealsBetween = database.prepare(
    'SELECT value FROM deals WHERE at BETWEEN ? AND ? ORDER BY ticket',
  );
  const ordersBetween = database.prepare(
    'SELECT value FROM orders WHERE at BETWEEN ? AND ? ORDER BY ticket',
  );
  return {
    get progress() {
      return current;
    },
    record(step, booked, marks = []) {
      const after = { step, state: booked.state };
      // Most bars move the quote and nothing else: one statement is a transaction of its own.
      if (isQuoteOnly(current.state, booked, marks)) write.account(after);
      else commit(current.state, after, booked, marks);
      current = after;
      log.grow();
      deals.add(booked.deals);
    },
    tidy: () => log.tidy(),
    markAt: (index) => markAt.get(index) as MarketMark | undefined,
    dealsBetween: (from, to) =>
      deals.between(from, to) ?? parsed<ExchangeDeal>(dealsBetween.all(from, to)),
    ordersBetween: (from, to) => parsed<ExchangeOrder>(ordersBetween.all(from, to)),
    close: () => database.close(),
  };
}

/** @param commitAgain commits what is written already */
function logUpkeep(database: SqliteDatabase, commitAgain: () => void) {
  let unsynced = 0;
  let inLog = 0;
  return {
    grow(): void {
      unsynced += 1;
    },
    tidy(): void {
      if (unsynced < commitsPerSync) return;
      inLog += unsynced;
      unsynced = 0;
      if (inLog < commitsPerCheckpoint) {
        // A FULL commit takes all before it to the disk.
        database.pragma('synchronous = FULL');
        commitAgain();
        database.pragma('synchronous = NORMAL');
        return;
      }
      inLog = 0;
      database.pragma('wal_checkpoint(PASSIVE)');
    },
  };
}

function isQuoteOnly(
  { positions }: ExchangeState,
  { state, deals, orders }: Booked,
  marks: readonly MarketMark[],
): boolean {
  const isNothingBooked = deals.length === 0 && orders.length === 0 && marks.length === 0;
  return isNothingBooked && state.positions === positions;
}

function preparedWrites(database: SqliteDatabase) {
  const account = database.prepare('UPDATE account SET step = ?, value = ?');
  const firstAccount = database.prepare('INSERT INTO account (step, value) VALUES (?, ?)');
  const position = database.prepare(
    'INSERT OR REPLACE INTO positions (ticket, value) VALUES (?, ?)',
  );
  const gone = database.prepare('DELETE FROM positions WHERE ticket = ?');
  const deal = database.prepare('INSERT INTO deals (ticket, at, value) VALUES (?, ?, ?)');
  const mark = database.prepare('INSERT OR IGNORE INTO marks ("index", value) VALUES (?, ?)');
  const order = database.prepare('INSERT INTO orders (ticket, at, value) VALUES (?, ?, ?)');
  return {
    account({ step, state }: Progress): void {
      const { balance, quotes, orderTicketNext, dealTicketNext } = state;
      const value = JSON.stringify({ balance, quotes, orderTicketNext, dealTicketNext });
      if (account.run(step, value).changes === 0) firstAccount.run(step, value);
    },
    positions(before: readonly OpenPosition[], after: readonly OpenPosition[]): void {
      if (before === after) return;
      for (const { ticket } of before) {
        if (!after.some((each) => each.ticket === ticket)) gone.run(ticket);
      }
      for (const each of after) {
        if (!before.includes(each)) position.run(each.ticket, JSON.stringify(each));
      }
    },
    deal: (each: ExchangeDeal) => deal.run(each.ticket, each.at, JSON.stringify(each)),
    mark: ({ index, value }: MarketMark) => mark.run(index, value),
    order: (each: ExchangeOrder) => order.run(each.ticket, each.at, JSON.stringify(each)),
  };
}

function loadRecentDeals(database: SqliteDatabase): RecentDeals {
  const newest = database.prepare('SELECT value FROM deals ORDER BY ticket DESC LIMIT ?');
  return new RecentDeals(parsed<ExchangeDeal>(newest.all(recentDealsMin)).reverse());
}

function loadProgress(database: SqliteDatabase): Progress | undefined {
  const row = database.prepare('SELECT step, value FROM account').get() as
    | { step: number; value: string }
    | undefined;
  if (row === undefined) return undefined;
  const positions = parsed<OpenPosition>(
    database.prepare('SELECT value FROM positions ORDER BY ticket').all(),
  );
  const account = JSON.parse(row.value) as Omit<ExchangeState, 'positions'>;
  return { step: row.step, state: { ...account, positions } };
}

function parsed<T>(rows: unknown[]): T[] {
  return (rows as { value: string }[]).map(({ value }) => JSON.parse(value) as T);
}
