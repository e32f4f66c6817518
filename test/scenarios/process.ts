/** `novosky` as a process of its own, the way a person runs it, but from source. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundleOf } from '../../src/runtime/bundle-of.ts';
import { systemClock } from '../../src/runtime/clock.ts';

const root = join(import.meta.dirname, '..', '..');
const main = fileURLToPath(bundleOf(pathToFileURL(join(root, 'src', 'main.ts'))));

export type Novosky = {
  readonly child: ChildProcess;
  /** Everything that it wrote, both streams. */
  output(): string;
  /** Settles with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
};

/** @param written file that both streams go to; by default they are kept for `output` */
export function novosky(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  written: number | 'pipe' = 'pipe',
): Novosky {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', written, written],
  });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? 1));
  });
  return { child, output: () => output, ended };
}

/** Waits until `condition` gives something, looking every 20 ms; after the deadline it says what was awaited. */
export async function eventually<T>(
  what: string,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  deadlineMs = 40_000,
): Promise<T> {
  const until = systemClock.elapsed() + deadlineMs;
  for (;;) {
    const found = await condition();
    if (found !== undefined && found !== false) return found;
    if (systemClock.elapsed() > until) throw new Error(`waited ${deadlineMs} ms for ${what}`);
    await new Promise<void>((resolve) => systemClock.after(20, resolve));
  }
}
