import { statSync } from 'node:fs';
import { openDatabase } from '../../sqlite/sqlite.ts';

/** A reader that is in the way is waited for so long. */
const busyMs = 300;

/**
 * Puts what the write-ahead log of a journal holds into its file, and empties the log. An owner that closed its journal
 * has done so already; one that died has not. False when somebody who reads or writes it was in the way: nothing is
 * lost then, the next start does it.
 */
export function checkpointJournal(path: string): boolean {
  if (sizeOf(`${path}-wal`) === 0) return true;
  const database = openDatabase(path, { synchronous: 'FULL' });
  try {
    database.pragma(`busy_timeout = ${busyMs}`);
    const [result] = database.pragma('wal_checkpoint(TRUNCATE)') as { readonly busy: number }[];
    return result?.busy === 0;
  } finally {
    database.close();
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
