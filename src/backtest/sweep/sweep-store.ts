/** The results of a sweep on disk: one file for everything that was tried on the same inputs. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { migrate } from '../../sqlite/migrate.ts';
import { openDatabase, type SqliteDatabase } from '../../sqlite/sqlite.ts';
import type { SetOverride, SweepTarget } from './grids.ts';
import type { SetResult } from './set-player.ts';
import { judgedFigures } from './worse-column.ts';

/** Hashes of everything that a result depends on but the set itself, by name: data, models, code, window, configuration. */
export type SweepInputs = Readonly<Record<string, string>>;

export type StoredSet = {
  /** Two sets that trade alike have the same: the hash of the policy that they come to. */
  readonly key: string;
  readonly target: SweepTarget;
  readonly override: SetOverride;
};

const migrations = [
  `CREATE TABLE inputs (name TEXT PRIMARY KEY, hash TEXT NOT NULL) STRICT;
   CREATE TABLE sets (
     key TEXT PRIMARY KEY, target TEXT NOT NULL, override TEXT NOT NULL, result TEXT NOT NULL,
     score REAL NOT NULL, trades INTEGER NOT NULL, win_rate REAL, profit_factor REAL,
     drawdown_max REAL NOT NULL, total_return REAL NOT NULL
   ) STRICT;`,
];

const insertion = `INSERT OR REPLACE INTO sets
  (key, target, override, result, score, trades, win_rate, profit_factor, drawdown_max, total_return)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

export class SweepStore {
  readonly path: string;
  readonly #database: SqliteDatabase;

  /** Opens the file of these inputs, or begins it. */
  constructor(folder: string, symbol: string, inputs: SweepInputs) {
    mkdirSync(folder, { recursive: true });
    this.path = join(folder, `${symbol}-${inputsHash(inputs)}.sqlite`);
    this.#database = openDatabase(this.path, { synchronous: 'NORMAL' });
    migrate(this.#database, migrations);
    const insert = this.#database.prepare(
      'INSERT OR IGNORE INTO inputs (name, hash) VALUES (?, ?)',
    );
    this.#database.transaction(() => {
      for (const [name, hash] of Object.entries(inputs)) insert.run(name, hash);
    })();
  }

  /** What a set came to; undefined where it was not played yet. */
  result(key: string): SetResult | undefined {
    const row = this.#database.prepare('SELECT result FROM sets WHERE key = ?').get(key);
    return row === undefined ? undefined : resultOf(row);
  }

  /** On disk when it returns: what is done is done. */
  keep({ key, target, override }: StoredSet, result: SetResult): void {
    const { scoreWeekly, trades, winRate, profitFactor, drawdownMax, totalReturn } =
      judgedFigures(result);
    const [wr, pf] = [winRate ?? null, profitFactor ?? null];
    this.#database
      .prepare(insertion)
      .run(
        ...([key, target, JSON.stringify(override), JSON.stringify(result)] as const),
        ...([scoreWeekly, trades, wr, pf, drawdownMax, totalReturn] as const),
      );
  }

  /** Of every set that was ever played on these inputs, whatever it was tried for. */
  all(): readonly SetResult[] {
    return this.#database.prepare('SELECT result FROM sets ORDER BY key').all().map(resultOf);
  }

  close(): void {
    this.#database.close();
  }
}

/**
 * Which inputs differ from those of the sweep of this symbol that differs least, by name; undefined where these inputs
 * were swept before, or none was.
 */
export function changedInputs(
  folder: string,
  symbol: string,
  inputs: SweepInputs,
): readonly string[] | undefined {
  mkdirSync(folder, { recursive: true });
  const own = `${symbol}-${inputsHash(inputs)}.sqlite`;
  const names = readdirSync(folder).filter(
    (name) => name.startsWith(`${symbol}-`) && name.endsWith('.sqlite'),
  );
  if (names.includes(own)) return undefined;
  const changes = names.flatMap((name) => {
    const stored = inputsIn(join(folder, name));
    return stored ? [Object.keys(inputs).filter((each) => inputs[each] !== stored[each])] : [];
  });
  return changes.toSorted((a, b) => a.length - b.length)[0];
}

/** Undefined in a file that was only begun: whoever made it was stopped before it said what for. */
function inputsIn(path: string): SweepInputs | undefined {
  const database = openDatabase(path, { synchronous: 'NORMAL', isReadonly: true });
  try {
    const table = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'inputs'");
    if (table.get() === undefined) return undefined;
    const rows = database.prepare('SELECT name, hash FROM inputs').all();
    if (rows.length === 0) return undefined;
    return Object.fromEntries(
      (rows as { name: string; hash: string }[]).map(({ name, hash }) => [name, hash]),
    );
  } finally {
    database.close();
  }
}

function inputsHash(inputs: SweepInputs): string {
  const lines = Object.entries(inputs)
    .toSorted()
    .map(([name, hash]) => `${name} ${hash}`);
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 12);
}

function resultOf(row: unknown): SetResult {
  return JSON.parse((row as { result: string }).result) as SetResult;
}
