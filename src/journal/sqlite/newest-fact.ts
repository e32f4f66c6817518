import { existsSync } from 'node:fs';
import { openDatabase } from '../../sqlite/sqlite.ts';
import type { JournalFact } from '../journal.ts';
import { journalError } from './journal-error.ts';
import { whereType } from './schema.ts';

/**
 * The newest fact of a type, read without writing, also while the owner of the journal appends. Undefined where there is
 * none, or no journal yet. Throws as `readJournal` does.
 */
export function newestFact<Fact extends JournalFact, Type extends Fact['type']>(
  path: string,
  type: Type,
): Extract<Fact, { type: Type }> | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const database = openDatabase(path, { synchronous: 'NORMAL', isReadonly: true });
    try {
      // Its owner has just created it.
      if (database.pragma('user_version', { simple: true }) === 0) return undefined;
      const row = database
        .prepare<[string], { payload: string }>(
          `SELECT payload FROM facts WHERE ${whereType(type)} ORDER BY sequence DESC LIMIT 1`,
        )
        .get(type);
      return row && (JSON.parse(row.payload) as Extract<Fact, { type: Type }>);
    } finally {
      database.close();
    }
  } catch (cause) {
    throw journalError(path, cause);
  }
}
