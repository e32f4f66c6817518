/** What a process and its children hold, from `/proc`: shared pages are counted once, by their share (PSS). */
import { readdirSync, readFileSync } from 'node:fs';

/** Megabytes of the process and everything below it. */
export function treeMemoryMb(pid: number): number {
  return [pid, ...descendants(pid)].reduce((sum, each) => sum + proportionalMb(each), 0);
}

/** Processor time of the process and everything below it, in milliseconds. */
export function treeCpuMs(pid: number): number {
  return [pid, ...descendants(pid)].reduce((sum, each) => sum + cpuMs(each), 0);
}

function descendants(pid: number): readonly number[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((each) => parentOf(each) === pid);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

function proportionalMb(pid: number): number {
  const text = read(`/proc/${pid}/smaps_rollup`);
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) / 1_024;
}

/** Fields 14 and 15 of `stat`, in ticks of 10 ms. */
function cpuMs(pid: number): number {
  const fields = read(`/proc/${pid}/stat`)
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10;
}

function parentOf(pid: number): number {
  return Number(
    read(`/proc/${pid}/stat`)
      .replace(/^.*\) /, '')
      .split(' ')[1] ?? 0,
  );
}

/** Empty where the process is gone. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
