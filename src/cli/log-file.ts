import { appendFileSync, existsSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '../runtime/clock.ts';
import { createLog } from '../telemetry/log.ts';

/** Beyond this a log is put aside; one earlier file is kept. */
const bytesMax = 20_000_000;

/** The engine's log of events, JSON lines in `STATE/novosky.log`. */
export function openLog(folder: string, clock: Clock, secrets: readonly string[]): Logger {
  const path = join(folder, 'novosky.log');
  if (existsSync(path) && statSync(path).size > bytesMax) renameSync(path, `${path}.1`);
  return createLog({
    write: (line) => appendFileSync(path, `${line}\n`),
    level: 'info',
    now: () => clock.now(),
    secrets,
  });
}
