import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export type ProgramRun = {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly folder: string;
  /** The program is ended when it takes longer. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  readonly onLine?: (line: string) => void;
};

/** A program that could not be started, was ended, or said that it failed. */
export class ProgramFailedError extends Error {
  override readonly name = 'ProgramFailedError';
  /** The system's word (`ENOENT`, a signal) or the exit code. */
  readonly code: string | number;
  /** The last lines that it wrote to standard error. */
  readonly lastWords: string;

  constructor(
    facts: { command: string; code: string | number; lastWords: string },
    options: { cause?: unknown } = {},
  ) {
    super(`${facts.command} failed (${facts.code}): ${facts.lastWords}`, options);
    this.code = facts.code;
    this.lastWords = facts.lastWords;
  }
}

const lastWordsLines = 15;

/** Runs a program to its end. Its standard output comes line by line. @throws {ProgramFailedError} */
export function runProgram(run: ProgramRun): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(run.command, run.arguments, {
      cwd: run.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: run.timeoutMs,
      ...(run.signal && { signal: run.signal }),
    });
    const lastWords: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => {
      lastWords.push(line);
      if (lastWords.length > lastWordsLines) lastWords.shift();
    });
    createInterface({ input: child.stdout }).on('line', (line) => run.onLine?.(line));
    const fail = (code: string | number, cause?: unknown) =>
      reject(
        new ProgramFailedError(
          { command: run.command, code, lastWords: lastWords.join('\n') },
          { cause },
        ),
      );
    child.on('error', (cause: NodeJS.ErrnoException) => fail(cause.code ?? cause.name, cause));
    child.on('close', (code, endedBy) => {
      if (code === 0) resolve();
      else fail(endedBy ?? code ?? 'unknown');
    });
  });
}
