import type { SqliteDatabase } from './sqlite.ts';

export class NewerSchemaError extends Error {
  override readonly name = 'NewerSchemaError';
}

/** Applies the migrations that a database has not seen, each in a transaction; the position is `user_version`. */
export function migrate(database: SqliteDatabase, migrations: readonly string[]): void {
  const applied = database.pragma('user_version', { simple: true }) as number;
  if (applied > migrations.length) {
    throw new NewerSchemaError(
      `${database.name} was written by a newer NOVOSKY (schema ${applied}, this one knows ${migrations.length})`,
    );
  }
  for (const [index, sql] of migrations.entries()) {
    if (index < applied) continue;
    database.transaction(() => {
      database.exec(sql);
      database.pragma(`user_version = ${index + 1}`);
    })();
  }
}
