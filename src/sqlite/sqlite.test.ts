import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { migrate } from './migrate.ts';
import { loadSqlite, openDatabase, SqliteUnavailableError, sqlitePackageFor } from './sqlite.ts';

const folder = mkdtempSync(join(tmpdir(), 'novosky-sqlite-'));

describe('the SQLite of a Node', () => {
  test.each([
    ['20.19.0', 'better-sqlite3'],
    ['20.20.2', 'better-sqlite3'],
    ['22.13.1', 'better-sqlite3'],
    ['22.14.0', 'better-sqlite3-13'],
    ['24.21.0', 'better-sqlite3-13'],
  ])('on Node %s is %s', (node, name) => {
    expect(sqlitePackageFor(node)).toBe(name);
  });

  test.each([
    ['is not installed', undefined],
    ['was compiled for another Node', 'throw new Error("NODE_MODULE_VERSION 137")'],
  ])('that %s is refused with what to do', (_, opening) => {
    const project = mkdtempSync(join(folder, 'project-'));
    if (opening !== undefined) {
      const installed = join(project, 'node_modules', sqlitePackageFor(process.versions.node));
      mkdirSync(installed, { recursive: true });
      const code = `module.exports = class { constructor() { ${opening}; } };`;
      writeFileSync(join(installed, 'index.js'), code);
    }
    const load = () => loadSqlite(join(project, 'index.js'));
    expect(load).toThrow(SqliteUnavailableError);
    expect(load).toThrow(/run "npm ci" with this Node/);
  });

  test('opens in WAL mode with the durability that was asked for', () => {
    const database = openDatabase(join(folder, 'a.db'), { synchronous: 'FULL' });
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(database.pragma('synchronous', { simple: true })).toBe(2);
    database.close();
  });

  test('gives a new file pages of the size that was asked for, and leaves an old one its own', () => {
    const pageBytes = (asked: number) => {
      const options = { synchronous: 'NORMAL', pageBytes: asked } as const;
      const database = openDatabase(join(folder, 'pages.db'), options);
      database.exec('CREATE TABLE IF NOT EXISTS a (x INTEGER) STRICT; INSERT INTO a VALUES (1)');
      const found = database.pragma('page_size', { simple: true });
      database.close();
      return found;
    };
    expect([pageBytes(1_024), pageBytes(2_048)]).toEqual([1_024, 1_024]);
  });
});

describe('migrations', () => {
  const first = 'CREATE TABLE a (x INTEGER) STRICT';
  const second = 'CREATE TABLE b (x INTEGER) STRICT';

  test('are applied once each, in order', () => {
    const database = openDatabase(join(folder, 'b.db'), { synchronous: 'NORMAL' });
    migrate(database, [first]);
    migrate(database, [first, second]);
    migrate(database, [first, second]);
    expect(database.pragma('user_version', { simple: true })).toBe(2);
  });

  test('leave the database as it was when one fails', () => {
    const database = openDatabase(join(folder, 'c.db'), { synchronous: 'NORMAL' });
    expect(() => migrate(database, [first, 'CREATE TABLE broken ('])).toThrow();
    expect(database.pragma('user_version', { simple: true })).toBe(1);
  });

  test('refuse a database of a newer program', () => {
    const database = openDatabase(join(folder, 'd.db'), { synchronous: 'NORMAL' });
    migrate(database, [first, second]);
    expect(() => migrate(database, [first])).toThrow(/newer NOVOSKY/);
  });
});
