import type { Clock } from './clock.ts';

/** Whether `work` resolves within so many milliseconds (Infinity: whenever). Rejects when `work` does so in time. */
export function settlesWithin(
  work: Promise<unknown>,
  afterMs: number,
  clock: Clock,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const cancel = Number.isFinite(afterMs) ? clock.after(afterMs, () => resolve(false)) : () => {};
    work.then(
      () => {
        cancel();
        resolve(true);
      },
      (error: unknown) => {
        cancel();
        reject(error as Error);
      },
    );
  });
}
