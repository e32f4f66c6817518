/** Who holds the locks of a state folder, asked without taking or breaking one. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { loadSqlite } from '../sqlite/sqlite.ts';

export type LockHolder = {
  /** Undefined where the system does not tell. */
  readonly pid?: number;
  readonly command?: string;
};

/** Whoever holds the lock at `path` now; undefined where nobody does. */
export function lockHolder(path: string): LockHolder | undefined {
  if (!existsSync(path) || !isHeld(path)) return undefined;
  const pid = pidOf(path);
  const command = pid === undefined ? undefined : commandOf(pid);
  return { ...(pid !== undefined && { pid }), ...(command !== undefined && { command }) };
}

/** Its owner holds it exclusively: then nobody can read it. What is no lock, and one that a crash left half, is held by nobody. */
function isHeld(path: string): boolean {
  const database = new (loadSqlite())(path, { readonly: true, timeout: 0 });
  try {
    database.prepare('SELECT count(*) FROM sqlite_master').get();
    return false;
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (!code.startsWith('SQLITE_')) throw cause;
    return code.startsWith('SQLITE_BUSY');
  } finally {
    database.close();
  }
}

/** Linux lists every lock with its process and the number of its file: `1: POSIX ADVISORY WRITE 812 08:01:1312 0 EOF`. */
function pidOf(path: string): number | undefined {
  const { ino } = statSync(path);
  const line = textOf('/proc/locks')
    ?.split('\n')
    .find((each) => each.split(/\s+/)[5]?.endsWith(`:${ino}`) && each.includes(' WRITE '));
  const pid = Number(line?.split(/\s+/)[4]);
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

function commandOf(pid: number): string | undefined {
  return textOf(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ').trim();
}

/** Undefined where this system has no such file, or does not show it to us. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // the holder is then told without a name
  }
}
