/**
 * Lets the disk under one journal run full: SQLite itself refuses, because the database may have no more pages than it
 * has now. It is told by a file beside the journal, so that it reaches a thread, a process, and whoever comes after them.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AccountFact } from '../account/account-fact.ts';
import type { Journal } from '../journal/journal.ts';
import { openJournal } from '../journal/sqlite/sqlite-journal.ts';
import type { SqliteDatabase } from '../sqlite/sqlite.ts';

/** The most pages that SQLite allows. */
const pagesMax = 4_294_967_294;

/** From now on appends to the journal fail, until so many have failed. */
export function fillDisk(journalPath: string, appends: number): void {
  writeFileSync(orderPath(journalPath), String(appends));
}

/** There is room again. */
export function freeDisk(journalPath: string): void {
  rmSync(orderPath(journalPath), { force: true });
}

/** How many appends still have to fail. */
export function failuresLeft(journalPath: string): number {
  const path = orderPath(journalPath);
  return existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
}

/** The journal of an account whose disk may be full. */
export function openJournalOnDisk(path: string): Journal<AccountFact> {
  let database: SqliteDatabase | undefined;
  const journal = openJournal<AccountFact>(path, (opened) => {
    database = opened;
  });
  return {
    append: (facts, durability) => {
      const left = failuresLeft(path);
      database?.pragma(`max_page_count = ${left > 0 ? 1 : pagesMax}`);
      try {
        journal.append(facts, durability);
      } catch (error) {
        if (left > 1) fillDisk(path, left - 1);
        else freeDisk(path);
        throw error;
      }
    },
    sync: () => journal.sync(),
    read: (after) => journal.read(after),
    saveSnapshot: (snapshot) => journal.saveSnapshot(snapshot),
    snapshot: () => journal.snapshot(),
    close: () => journal.close(),
  };
}

function orderPath(journalPath: string): string {
  return `${journalPath}.full`;
}
