import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { migrate } from '../../sqlite/migrate.ts';
import { openDatabase } from '../../sqlite/sqlite.ts';
import { JournalCorruptError, JournalUnavailableError } from './journal-error.ts';
import { type JournalReader, openJournalReader } from './journal-reader.ts';
import { newestFact } from './newest-fact.ts';
import { migrations, whereType } from './schema.ts';
import { openJournal } from './sqlite-journal.ts';

/** Of the types that every bar brings, and of others. */
type Fact = { readonly type: 'bar-decided' | 'a' | 'b'; readonly at: number };

const folder = mkdtempSync(join(tmpdir(), 'novosky-reader-'));
let files = 0;
afterAll(() => rmSync(folder, { recursive: true }));

function aPath(): string {
  files += 1;
  return join(folder, `${files}.db`);
}

function aJournal(types: readonly Fact['type'][]): string {
  const path = aPath();
  const journal = openJournal<Fact>(path);
  journal.append(
    types.map((type, at) => ({ type, at })),
    'normal',
  );
  journal.close();
  return path;
}

function reading<T>(path: string, read: (reader: JournalReader<Fact>) => T): T {
  const reader = openJournalReader<Fact>(path);
  if (!reader) throw new Error(`no journal at ${path}`);
  try {
    return read(reader);
  } finally {
    reader.close();
  }
}

describe('the reader of a journal', () => {
  test('gives the facts of the wanted types in their order, over the edges of pieces', () => {
    const kinds = fc.constantFrom<Fact['type']>('bar-decided', 'a', 'b');
    fc.assert(
      fc.property(
        fc.array(kinds, { maxLength: 40 }),
        fc.subarray<Fact['type']>(['bar-decided', 'a', 'b']),
        fc.integer({ min: 1, max: 40 }),
        (types, wanted, times) => {
          const all = Array.from({ length: times }, () => types).flat();
          const expected = all.flatMap((type, at) =>
            wanted.includes(type) ? { sequence: at + 1, fact: { type, at } } : [],
          );
          reading(aJournal(all), (reader) => {
            expect([...reader.facts({ types: wanted })]).toEqual(expected);
            const newestFirst = reader.facts({ types: wanted, order: 'newest-first' });
            expect([...newestFirst]).toEqual(expected.toReversed());
          });
        },
      ),
      { numRuns: 30 },
    );
  });

  test('gives all facts where no type is asked for', () => {
    const types = Array.from({ length: 1_001 }, (_, index) => (index % 2 === 0 ? 'a' : 'b'));
    reading(aJournal(types as Fact['type'][]), (reader) => {
      const sequences = [...reader.facts()].map(({ sequence }) => sequence);
      expect(sequences).toEqual(types.map((_, index) => index + 1));
    });
  });

  test('sees what the owner appends meanwhile, and keeps no checkpoint waiting', () => {
    const path = aPath();
    const journal = openJournal<Fact>(path);
    const many = Array.from({ length: 700 }, (_, at) => ({ type: 'a', at }) as const);
    journal.append(many, 'normal');
    reading(path, (reader) => {
      const facts = reader.facts({ types: ['a'] })[Symbol.iterator]();
      facts.next();
      journal.append([{ type: 'a', at: 700 }], 'full');
      const database = openDatabase(path, { synchronous: 'NORMAL' });
      expect(database.pragma('wal_checkpoint(TRUNCATE)')).toMatchObject([{ busy: 0 }]);
      database.close();
      let rest = 0;
      while (!facts.next().done) rest += 1;
      expect(rest).toBe(700);
    });
    journal.close();
  });

  test('changes nothing, not even a version', () => {
    const path = aJournal(['a']);
    const before = statSync(path);
    reading(path, (reader) => expect([...reader.facts()]).toHaveLength(1));
    expect(statSync(path).mtimeMs).toBe(before.mtimeMs);
  });

  test('is none where there is no journal yet', () => {
    expect(openJournalReader(join(folder, 'none.db'))).toBeUndefined();
    const blank = aPath();
    openDatabase(blank, { synchronous: 'NORMAL' }).close();
    expect(openJournalReader(blank)).toBeUndefined();
  });

  test.each([
    { type: 'order-intended', plan: /SEARCH facts USING INDEX rare_facts_by_type/ },
    { type: 'bar-decided', plan: /SEARCH facts USING INTEGER PRIMARY KEY/ },
  ])('finds $type without looking at every fact', ({ type, plan }) => {
    const database = openDatabase(aJournal(['a']), { synchronous: 'NORMAL', isReadonly: true });
    const page = `SELECT payload FROM facts WHERE ${whereType(type)} AND sequence > ? ORDER BY sequence`;
    const rows = database.prepare(`EXPLAIN QUERY PLAN ${page}`).all(type, 0);
    expect(rows.map((row) => (row as { detail: string }).detail).join('; ')).toMatch(plan);
    database.close();
  });

  test('reads a journal of a former schema, and so does its owner after migrating it', () => {
    const path = aPath();
    const former = openDatabase(path, { synchronous: 'NORMAL' });
    migrate(former, migrations.slice(0, 1));
    const insert = former.prepare('INSERT INTO facts (at, type, payload) VALUES (?, ?, ?)');
    const facts: Fact[] = [
      { type: 'a', at: 0 },
      { type: 'bar-decided', at: 1 },
    ];
    for (const fact of facts) insert.run(fact.at, fact.type, JSON.stringify(fact));
    former.close();
    const expectAll = () =>
      reading(path, (reader) => {
        expect([...reader.facts({ types: ['a', 'bar-decided'] })].map(({ fact }) => fact)).toEqual(
          facts,
        );
        expect(newestFact<Fact, 'a'>(path, 'a')).toEqual(facts[0]);
      });
    expectAll();
    openJournal<Fact>(path).close();
    expectAll();
  });

  test('refuses the schema of another version, older or newer', () => {
    for (const version of [0, 99]) {
      const path = aJournal(['a']);
      const database = openDatabase(path, { synchronous: 'NORMAL' });
      database.pragma(`user_version = ${version}`);
      database.close();
      expect(() => openJournalReader(path)).toThrow(JournalUnavailableError);
      expect(() => openJournalReader(path)).toThrow(`has schema ${version}`);
    }
  });

  test('says so where the file is no journal', () => {
    const path = aPath();
    writeFileSync(path, 'a letter to my broker '.repeat(300));
    expect(() => openJournalReader(path)).toThrow(JournalCorruptError);
  });
});
