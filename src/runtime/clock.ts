/**
 * Time for everything that waits: deadlines, back-off, heartbeats, pacing. Market time is something else and comes
 * from terminals. `SimulatedClock` is its twin.
 */
export type Clock = {
  /** Milliseconds since 1970-01-01 UTC. May jump when the host's clock is set. */
  now(): number;
  /**
   * Milliseconds that only ever grow, with fractions: for measuring how long something took, also from one thread of
   * the process to another.
   */
  elapsed(): number;
  /** Runs `task` once, `delayMs` from now. The returned function cancels it. */
  after(delayMs: number, task: () => void): () => void;
};

// Read once: asked for each time, it takes longer than the time itself.
const { timeOrigin } = performance;

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => timeOrigin + performance.now(),
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Resolves `delayMs` from now; rejects with the signal's reason when it aborts first. */
export function sleep(delayMs: number, clock: Clock, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const cancel = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    const onAbort = () => {
      cancel();
      reject(signal?.reason as Error);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
