/** Which processes descend from another, and what they hold in memory. Linux only: elsewhere nothing is known. */
import { readdirSync, readFileSync } from 'node:fs';

export type ProcessTree = { readonly pids: readonly number[]; readonly rssMb: number };

type Row = { readonly pid: number; readonly parent: number; readonly rssPages: number };

const pageBytes = 4_096;

/** The process and all of its descendants. Undefined where the system does not say. */
export function processTree(pid: number): ProcessTree | undefined {
  const rows = processes();
  if (rows === undefined) return undefined;
  const pids = new Set([pid]);
  // Children may stand before their parents: as often as something is found.
  for (let size = 0; size < pids.size; ) {
    size = pids.size;
    for (const row of rows) if (pids.has(row.parent)) pids.add(row.pid);
  }
  const pages = rows.reduce((sum, row) => sum + (pids.has(row.pid) ? row.rssPages : 0), 0);
  return { pids: [...pids], rssMb: (pages * pageBytes) / 1_048_576 };
}

/** Those of `pids` that are running. */
export function runningOf(pids: readonly number[]): readonly number[] {
  const running = new Set((processes() ?? []).map(({ pid }) => pid));
  return pids.filter((pid) => running.has(pid));
}

function processes(): readonly Row[] | undefined {
  if (process.platform !== 'linux') return undefined;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => rowOf(pid) ?? []);
}

/** Undefined: it has ended, or is only waited for by its parent. */
function rowOf(pid: string): Row | undefined {
  const stat = textOf(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name stands in brackets and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, parent] = fields;
  if (state === 'Z' || state === 'X') return undefined;
  return { pid: Number(pid), parent: Number(parent), rssPages: Number(fields[21] ?? 0) };
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES') return undefined;
    throw error;
  }
}
