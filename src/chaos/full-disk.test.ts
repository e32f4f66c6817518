import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AccountFact } from '../account/account-fact.ts';
import { JournalUnavailableError } from '../journal/sqlite/journal-error.ts';
import { failuresLeft, fillDisk, freeDisk, openJournalOnDisk } from './full-disk.ts';

function aJournal() {
  const path = join(mkdtempSync(join(tmpdir(), 'novosky-full-')), 'journal.db');
  return { path, journal: openJournalOnDisk(path) };
}

/** Larger than what a page has left. */
const aFact: AccountFact = {
  type: 'read-failed',
  at: 0 as AccountFact['at'],
  reason: 'x'.repeat(8_000),
};

function errorOf(act: () => void): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('a disk that runs full', () => {
  test('refuses as SQLite does, as often as it was told, and nothing of what failed is there', () => {
    const { path, journal } = aJournal();
    journal.append([aFact], 'full');
    fillDisk(path, 2);
    for (const left of [1, 0]) {
      const error = errorOf(() => journal.append([aFact, aFact], 'full'));
      expect(error).toBeInstanceOf(JournalUnavailableError);
      expect((error as Error).cause).toMatchObject({ code: 'SQLITE_FULL' });
      expect(failuresLeft(path)).toBe(left);
    }
    journal.append([aFact], 'full');
    expect([...journal.read(0)]).toHaveLength(2);
    journal.close();
  });

  test('is full for whoever opens the journal next', () => {
    const { path, journal } = aJournal();
    journal.append([aFact], 'full');
    journal.close();
    fillDisk(path, 1);
    const next = openJournalOnDisk(path);
    expect(errorOf(() => next.append([aFact], 'normal'))).toBeInstanceOf(JournalUnavailableError);
    next.close();
  });

  test('has room again when it is freed', () => {
    const { path, journal } = aJournal();
    fillDisk(path, 5);
    expect(errorOf(() => journal.append([aFact], 'full'))).toBeDefined();
    freeDisk(path);
    journal.append([aFact], 'full');
    expect([...journal.read(0)]).toHaveLength(1);
    journal.close();
  });
});
