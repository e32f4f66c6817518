import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '../runtime/clock.ts';
import { createLog } from '../telemetry/log.ts';

/** Beyond this a log is put aside; one earlier file is kept. */
const bytesMax = 20_000_000;

/**
 * The engine's log of events, JSON lines in `STATE/novosky.log`. A line that cannot be written is lost: a full disk
 * must not stop whoever logs, and `unwritten` is told the first time.
 */
export function openLog(options: {
  readonly folder: string;
  readonly clock: Clock;
  readonly secrets: readonly string[];
  readonly unwritten: (cause: unknown) => void;
  /** Default: 20 MB. */
  readonly bytesMax?: number;
}): Logger {
  const { folder, clock, secrets, unwritten } = options;
  const file = new LogFile(join(folder, 'novosky.log'), options.bytesMax ?? bytesMax, unwritten);
  return createLog({
    write: (line) => file.append(line),
    level: 'info',
    now: () => clock.now(),
    secrets,
  });
}

/** Puts what was logged on disk. */
export function flushLog(folder: string): void {
  const path = join(folder, 'novosky.log');
  if (!existsSync(path)) return;
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

class LogFile {
  readonly #path: string;
  readonly #bytesMax: number;
  readonly #unwritten: (cause: unknown) => void;
  #bytes: number;
  #hasFailed = false;

  constructor(path: string, limit: number, unwritten: (cause: unknown) => void) {
    this.#path = path;
    this.#bytesMax = limit;
    this.#unwritten = unwritten;
    this.#bytes = existsSync(path) ? statSync(path).size : 0;
  }

  append(line: string): void {
    try {
      if (this.#bytes > this.#bytesMax) this.#putAside();
      appendFileSync(this.#path, `${line}\n`);
      this.#bytes += Buffer.byteLength(line) + 1;
      this.#hasFailed = false;
    } catch (cause) {
      if (!this.#hasFailed) this.#unwritten(cause);
      this.#hasFailed = true;
    }
  }

  #putAside(): void {
    renameSync(this.#path, `${this.#path}.1`);
    this.#bytes = 0;
  }
}
