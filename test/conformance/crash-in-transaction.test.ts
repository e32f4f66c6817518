import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'novosky-transaction-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** A thread that commits one row, and ends `how` it is told while the second is written but not committed. */
function writer(file: string, how: string): string {
  const sqlite = createRequire(import.meta.url).resolve('better-sqlite3');
  return `
    const db = new (require(${JSON.stringify(sqlite)}))(${JSON.stringify(file)});
    db.pragma('journal_mode = WAL');
    db.exec('CREATE TABLE fact (n INTEGER PRIMARY KEY)');
    db.exec('INSERT INTO fact VALUES (1)');
    db.exec('BEGIN IMMEDIATE');
    db.exec('INSERT INTO fact VALUES (2)');
    ${how};
  `;
}

test.each([
  ['throws', `throw new Error('crash')`],
  ['exits', 'process.exit(3)'],
  ['is terminated', `require('node:worker_threads').parentPort.postMessage('in it'); for (;;);`],
])('a thread that %s within a transaction leaves the last committed state', async (name, how) => {
  const file = join(folder, 'facts.db');
  const worker = new Worker(writer(file, how), { eval: true });
  worker.on('error', () => {});
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  if (name === 'is terminated') {
    await once(worker, 'message');
    await worker.terminate();
  }
  await ended;
  const db = new Database(file);
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(db.prepare('SELECT n FROM fact').pluck().all()).toEqual([1]);
  // The lock of the dead is free: the successor can write.
  db.exec('INSERT INTO fact VALUES (2)');
  db.close();
});
