import fs, { fstatSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { loadSqlite, type SqliteDatabase } from '../../sqlite/sqlite.ts';
import { JournalCorruptError, JournalUnavailableError } from './journal-error.ts';
import { openJournal, readJournal } from './sqlite-journal.ts';

type Fact = {
  readonly type: string;
  readonly at: number;
  readonly trace?: string;
  readonly n: number;
};

const folder = mkdtempSync(join(tmpdir(), 'novosky-journal-'));
let files = 0;

function aPath(): string {
  files += 1;
  return join(folder, `state-${files}.db`);
}

function aFact(n: number, trace?: string): Fact {
  return { type: 'bar-decided', at: 1_000 + n, n, ...(trace && { trace }) };
}

afterAll(() => rmSync(folder, { recursive: true }));

describe('a journal', () => {
  test('gives back what was appended, oldest first, after it was closed and opened again', () => {
    const path = aPath();
    const first = openJournal<Fact>(path);
    first.append([aFact(1, 'BTCUSD/M15/1'), aFact(2)], 'normal');
    first.append([aFact(3)], 'full');
    first.close();
    const second = openJournal<Fact>(path);
    expect([...second.read(0)]).toEqual([
      { sequence: 1, fact: aFact(1, 'BTCUSD/M15/1') },
      { sequence: 2, fact: aFact(2) },
      { sequence: 3, fact: aFact(3) },
    ]);
    expect([...second.read(2)].map(({ sequence }) => sequence)).toEqual([3]);
    second.close();
  });

  test.each([1, 8, 9, 100])('writes %i facts at once in their order', (count) => {
    const journal = openJournal<Fact>(aPath());
    const facts = Array.from({ length: count }, (_, n) => aFact(n));
    journal.append([aFact(-1)], 'normal');
    journal.append(facts, 'normal');
    expect([...journal.read(1)]).toEqual(
      facts.map((fact, index) => ({ sequence: index + 2, fact })),
    );
    journal.close();
  });

  test.each([1, 8, 100])(
    'writes all facts of an append or none: %i before one that is no JSON',
    (before) => {
      const journal = openJournal<Fact>(aPath());
      const cyclic: { self?: unknown } & Fact = { ...aFact(2) };
      Object.assign(cyclic, { self: cyclic });
      const facts = Array.from({ length: before }, (_, n) => aFact(n));
      expect(() => journal.append([...facts, cyclic], 'full')).toThrow();
      expect([...journal.read(0)]).toEqual([]);
      journal.append([], 'full');
      journal.append([aFact(3)], 'normal');
      expect([...journal.read(0)].map(({ sequence }) => sequence)).toEqual([1]);
      journal.close();
    },
  );

  test.each(['UPDATE facts SET at = 0', 'DELETE FROM facts'])('refuses "%s"', (sql) => {
    const path = aPath();
    const journal = openJournal<Fact>(path);
    journal.append([aFact(1)], 'normal');
    const stranger = new (loadSqlite())(path);
    expect(() => stranger.exec(sql)).toThrow(/append-only/);
    stranger.close();
    journal.close();
  });

  test('can be read by others while its owner appends, and they cannot write', () => {
    const path = aPath();
    const journal = openJournal<Fact>(path);
    journal.append([aFact(1)], 'full');
    expect(readJournal<Fact>(path)).toEqual([aFact(1)]);
    journal.append([aFact(2)], 'normal');
    expect(readJournal<Fact>(path)).toEqual([aFact(1), aFact(2)]);
    journal.close();
    expect(readJournal<Fact>(path)).toHaveLength(2);
  });

  test('asks SQLite to sync exactly the appends that have to last', () => {
    const journal = openJournal<Fact>(aPath());
    const pragma = vi.spyOn(loadSqlite().prototype, 'pragma');
    const synchronous: unknown[] = [];
    for (const durability of ['normal', 'full', 'full', 'normal'] as const) {
      journal.append([aFact(1)], durability);
      const database = pragma.mock.contexts.at(-1) as SqliteDatabase | undefined;
      synchronous.push(database?.pragma('synchronous', { simple: true }) ?? 'as opened');
    }
    const [normal, full] = [1, 2];
    expect(synchronous).toEqual(['as opened', full, full, normal]);
    pragma.mockRestore();
    journal.close();
  });

  describe('that is to be on disk while its thread goes on', () => {
    const real = fs.fdatasync;
    afterEach(() => {
      fs.fdatasync = real;
      syncBuiltinESMExports();
    });

    /** What the host is asked to sync, and when it says that it has. */
    function watchSyncs() {
      const asked: {
        readonly descriptor: number;
        readonly inode: number;
        readonly log: string;
        done: (error?: Error) => void;
      }[] = [];
      let path = '';
      const watched = (descriptor: number, done: (error: Error | null) => void) => {
        const { ino } = fstatSync(descriptor);
        const log = readFileSync(`${path}-wal`, 'latin1');
        asked.push({ descriptor, inode: ino, log, done: (error) => done(error ?? null) });
      };
      fs.fdatasync = watched as typeof fs.fdatasync;
      syncBuiltinESMExports();
      return {
        asked,
        open: () => {
          path = aPath();
          return { path, journal: openJournal<Fact>(path) };
        },
      };
    }

    test('has the log synced that holds what was appended', async () => {
      const { asked, open } = watchSyncs();
      const { path, journal } = open();
      journal.append([aFact(1, 'BTCUSD/M15/77001')], 'normal');
      let isOnDisk = false;
      const synced = journal.sync().then(() => {
        isOnDisk = true;
      });
      await new Promise(setImmediate);
      expect(isOnDisk).toBe(false);
      expect(asked).toHaveLength(1);
      expect(asked[0]?.inode).toBe(statSync(`${path}-wal`).ino);
      expect(asked[0]?.log).toContain('BTCUSD/M15/77001');
      asked[0]?.done();
      await synced;
      journal.close();
    });

    test('says so when the disk fails', async () => {
      const { asked, open } = watchSyncs();
      const { journal } = open();
      journal.append([aFact(1)], 'normal');
      const synced = journal.sync();
      asked[0]?.done(Object.assign(new Error('EIO: i/o error'), { code: 'EIO' }));
      await expect(synced).rejects.toThrow(JournalUnavailableError);
      journal.close();
    });

    test('may be closed meanwhile', async () => {
      const { asked, open } = watchSyncs();
      const { path, journal } = open();
      journal.append([aFact(1)], 'normal');
      const synced = journal.sync();
      journal.close();
      asked[0]?.done();
      await synced;
      expect(readJournal<Fact>(path)).toEqual([aFact(1)]);
      expect(() => fstatSync(asked[0]?.descriptor ?? -1)).toThrow('EBADF');
    });

    test('is on disk without any of this, too', async () => {
      const path = aPath();
      const journal = openJournal<Fact>(path);
      for (let count = 1; count <= 20; count += 1) {
        journal.append([aFact(count)], 'normal');
        await journal.sync();
      }
      journal.close();
      expect(readJournal<Fact>(path)).toHaveLength(20);
    });
  });

  test('has no facts yet for whoever reads it before its tables are laid out', () => {
    const path = aPath();
    let read: readonly Fact[] | undefined;
    const journal = openJournal<Fact>(path, () => {
      read = readJournal<Fact>(path);
    });
    expect(read).toEqual([]);
    journal.append([aFact(1)], 'normal');
    expect(readJournal<Fact>(path)).toEqual([aFact(1)]);
    journal.close();
  });

  test('keeps its log short, however many facts are appended, when it may tidy up between them', () => {
    const path = aPath();
    const journal = openJournal<Fact>(path);
    const logBytes = Array.from({ length: 2_000 }, (_, n) => {
      journal.append([aFact(n)], 'normal');
      journal.tidy?.();
      return statSync(`${path}-wal`).size;
    });
    expect(Math.max(...logBytes)).toBeLessThan(1_500_000);
    journal.close();
  });

  test('keeps the newest snapshot alone', () => {
    const path = aPath();
    const journal = openJournal<Fact>(path);
    expect(journal.snapshot()).toBeUndefined();
    journal.saveSnapshot({ sequence: 1, version: 1, state: { equity: 1 } });
    journal.saveSnapshot({ sequence: 9, version: 2, state: { equity: 2 } });
    journal.close();
    const again = openJournal<Fact>(path);
    expect(again.snapshot()).toEqual({ sequence: 9, version: 2, state: { equity: 2 } });
    again.close();
  });
});

describe('a journal that cannot be used says what to do', () => {
  test('when the folder does not exist', () => {
    const open = () => openJournal(join(folder, 'nowhere', 'a.db'));
    expect(open).toThrow(JournalUnavailableError);
    expect(open).toThrow(/state folder must exist and be writable/);
  });

  test('when the folder is a file', () => {
    const file = aPath();
    writeFileSync(file, '');
    expect(() => openJournal(join(file, 'a.db'))).toThrow(JournalUnavailableError);
  });

  test('when the file is something else', () => {
    const path = aPath();
    writeFileSync(path, 'this is a text file, and a long one: '.repeat(200));
    expect(() => openJournal(path)).toThrow(JournalCorruptError);
    expect(() => readJournal(path)).toThrow(/restore the newest backup/);
  });

  test('when a newer program wrote it', () => {
    const path = aPath();
    openJournal(path).close();
    const newer = new (loadSqlite())(path);
    newer.pragma('user_version = 99');
    newer.close();
    expect(() => openJournal(path)).toThrow(/newer NOVOSKY.*run the newer version/);
    expect(() => readJournal(path)).toThrow(/schema 99, this program reads 2/);
  });

  test('when the tables of another program are in it', () => {
    const path = aPath();
    const other = new (loadSqlite())(path);
    other.exec('CREATE TABLE facts (x)');
    other.close();
    expect(() => readJournal(path)).toThrow(/schema 0, this program reads 2/);
  });

  test('when a fact is damaged', () => {
    const path = aPath();
    const journal = openJournal<Fact>(path);
    journal.append([aFact(1)], 'normal');
    journal.close();
    const vandal = new (loadSqlite())(path);
    vandal.exec(`INSERT INTO facts (at, type, payload) VALUES (1, 'x', '{"torn')`);
    vandal.close();
    expect(() => readJournal(path)).toThrow(/fact 2 of the journal .* is no JSON/);
  });

  test('when there is none to read', () => {
    expect(() => readJournal(join(folder, 'missing.db'))).toThrow(JournalUnavailableError);
  });
});
