/**
 * What every bar brings: most of all facts, so they are found by walking. The index is used where a query words its
 * condition as the index does, so another list is another migration.
 */
const commonTypes: readonly string[] = ['bar-decided', 'broker-read'];
const isRare = "type NOT IN ('bar-decided', 'broker-read')";

/** The condition on a fact's type, with the type as its one parameter, so that the index serves it where it can. */
export function whereType(type: string): string {
  return commonTypes.includes(type) ? 'type = ?' : `type = ? AND ${isRare}`;
}

/** The schema of a journal, one step per element; the position is the database's `user_version`. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE facts (
    sequence INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    type     TEXT NOT NULL,
    trace    TEXT,
    payload  TEXT NOT NULL
  ) STRICT;
  CREATE INDEX facts_by_type ON facts (type, sequence);

  CREATE TRIGGER facts_are_never_changed BEFORE UPDATE ON facts
  BEGIN SELECT RAISE(ABORT, 'a journal is append-only: facts are never changed'); END;
  CREATE TRIGGER facts_are_never_deleted BEFORE DELETE ON facts
  BEGIN SELECT RAISE(ABORT, 'a journal is append-only: facts are never deleted'); END;

  CREATE TABLE snapshot (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    sequence INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    state    TEXT NOT NULL
  ) STRICT;
  `,
  // An index over all facts doubled what an append writes, on every bar and before every order. For a former version to take
  // over again: DROP INDEX rare_facts_by_type; CREATE INDEX facts_by_type ON facts (type, sequence); PRAGMA user_version = 1;
  `
  DROP INDEX facts_by_type;
  CREATE INDEX rare_facts_by_type ON facts (type) WHERE type NOT IN ('bar-decided', 'broker-read');
  `,
];

/** Every schema so far holds its facts in the same table. */
export function isReadable(version: number): boolean {
  return version >= 1 && version <= migrations.length;
}
