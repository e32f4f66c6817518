/** What every benchmark needs: which machine it was, order statistics, a table, and what this disk takes for a commit. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { openJournal } from '../src/journal/sqlite/sqlite-journal.ts';

export function printMachine(): void {
  const load = loadavg()[0] ?? 0;
  console.log(
    `${cpus()[0]?.model}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform}; Node ${process.version}; load average ${load.toFixed(1)}`,
  );
}

/**
 * Milliseconds of processor time that a virtual machine's host has kept from it since it started, all cores together:
 * work in progress stands still meanwhile. NaN where the system does not say.
 */
export function stolenMs(): number {
  if (process.platform !== 'linux') return Number.NaN;
  const [, , , , , , , , ticks] = readFileSync('/proc/stat', 'utf8').split(/\s+/, 9);
  return Number(ticks) * 10;
}

/**
 * Milliseconds that the same work takes on this machine while nothing else of ours runs: `{ p50, p90, p99 }` of 1,000 times. It
 * allocates nothing and asks the system for nothing, so what differs is the machine's pace: a virtual one shares its core.
 */
export function paceMs(): { readonly p50: number; readonly p90: number; readonly p99: number } {
  const cells = new Int32Array(16_384);
  const times: number[] = [];
  let bits = 1;
  for (let index = 0; index < 1_050; index += 1) {
    const started = performance.now();
    for (let round = 0; round < 80; round += 1) {
      for (let cell = 0; cell < cells.length; cell += 1) {
        bits ^= bits << 13;
        bits ^= bits >>> 17;
        bits ^= bits << 5;
        cells[cell] = ((cells[cell] ?? 0) + bits) | 0;
      }
    }
    if (index >= 50) times.push(performance.now() - started);
  }
  return { p50: quantile(times, 0.5), p90: quantile(times, 0.9), p99: quantile(times, 0.99) };
}

/** Nearest rank: the smallest value that a share of all does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** `median [min .. max]`. */
export function spread(values: readonly number[], digits: number): string {
  const text = (value: number) => value.toFixed(digits);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return `${text(quantile(values, 0.5))} [${text(low)} .. ${text(high)}]`;
}

export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  console.log(line(head));
  console.log(line(head.map((_, index) => (index === 0 ? '---' : '---:'))));
  for (const row of rows) console.log(line(row));
}

/** Milliseconds that a fact of the usual size takes to be on this disk: `{ p50, p99 }` of 1,000 FULL commits. */
export function fullCommitMs(): { readonly p50: number; readonly p99: number } {
  const folder = mkdtempSync(join(tmpdir(), 'novosky-commit-'));
  const journal = openJournal<{ at: number; type: string; text: string }>(join(folder, 'j.db'));
  const times: number[] = [];
  for (let index = 0; index < 1_100; index += 1) {
    const text = `${index}`.repeat(400).slice(0, 1_200);
    const started = performance.now();
    journal.append([{ at: index, type: 'measured', text }], 'full');
    if (index >= 100) times.push(performance.now() - started);
  }
  journal.close();
  rmSync(folder, { recursive: true });
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}
