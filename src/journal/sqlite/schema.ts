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
];
