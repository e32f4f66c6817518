import type { Clock } from '../runtime/clock.ts';

/** Shells and npm send the same Ctrl-C twice. */
const sameSignalMs = 1_000;

/**
 * Resolves with the first SIGINT or SIGTERM; a later one ends the process at once: what is on disk is whole, and the
 * next start recovers from it. Signals are taken to the process's end: the second half of one Ctrl-C may come when
 * everything is down already, and must not turn an orderly end into a killed one.
 */
export function firstSignal(clock: Clock, write: (line: string) => void): Promise<void> {
  let firstAt: number | undefined;
  let resolveFirst = () => {};
  const first = new Promise<void>((resolve) => {
    resolveFirst = resolve;
  });
  const take = () => {
    const now = clock.elapsed();
    if (firstAt === undefined) {
      firstAt = now;
      resolveFirst();
    } else if (now - firstAt > sameSignalMs) {
      write('stopped at once; the next start recovers from the journals');
      // Not process.exit: it would abort inside a native call of the inference thread.
      process.kill(process.pid, 'SIGKILL');
    }
  };
  process.on('SIGINT', take);
  process.on('SIGTERM', take);
  return first;
}
