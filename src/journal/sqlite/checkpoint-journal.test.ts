import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../sqlite/sqlite.ts';
import { checkpointJournal } from './checkpoint-journal.ts';
import { openJournal, readJournal } from './sqlite-journal.ts';

const folder = mkdtempSync(join(tmpdir(), 'novosky-checkpoint-'));
afterAll(() => rmSync(folder, { recursive: true }));

const fact = { type: 'order-intended', at: 1 } as const;

function walBytes(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}

describe('a journal', () => {
  test('that its owner closes leaves no write-ahead log behind', () => {
    const path = join(folder, 'closed.db');
    const journal = openJournal(path);
    journal.append([fact], 'full');
    expect(walBytes(path)).toBeGreaterThan(0);
    journal.close();
    expect(walBytes(path)).toBe(0);
    expect(checkpointJournal(path)).toBe(true);
  });

  test('whose owner did not close it is made whole all the same', () => {
    const path = join(folder, 'open.db');
    const journal = openJournal(path);
    journal.append([fact], 'normal');
    expect(checkpointJournal(path)).toBe(true);
    expect(walBytes(path)).toBe(0);
    expect(readJournal(path)).toEqual([fact]);
    journal.close();
  });

  test('is left as it is while somebody reads it, and loses nothing', () => {
    const path = join(folder, 'read.db');
    const journal = openJournal(path);
    journal.append([fact], 'normal');
    const reader = openDatabase(path, { synchronous: 'NORMAL', isReadonly: true });
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM facts').get();
    journal.append([{ ...fact, at: 2 }], 'normal');
    expect(checkpointJournal(path)).toBe(false);
    reader.close();
    expect(checkpointJournal(path)).toBe(true);
    expect(readJournal(path)).toHaveLength(2);
    journal.close();
  });

  test('that was never written has nothing to do', () => {
    expect(checkpointJournal(join(folder, 'none.db'))).toBe(true);
  });
});
