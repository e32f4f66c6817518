import { setMaxListeners } from 'node:events';
import type { Clock } from './clock.ts';

export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
  constructor(afterMs: number) {
    super(`no answer within ${afterMs} ms`);
  }
}

export type Deadline = { readonly signal: AbortSignal; clear(): void };

/**
 * A signal that aborts when `parent` does, or after `afterMs` on this clock, whichever is first. `clear` it when the
 * work is done, or its timer lives on. Infinity leaves only the parent.
 */
export function deadline(afterMs: number, clock: Clock, parent?: AbortSignal): Deadline {
  const controller = new AbortController();
  // One deadline may be that of any number of calls side by side: Node would suspect a leak at the eleventh.
  setMaxListeners(0, controller.signal);
  const onTime = () => controller.abort(new DeadlineError(afterMs));
  const cancel = Number.isFinite(afterMs) ? clock.after(afterMs, onTime) : () => {};
  const onAbort = () => controller.abort(parent?.reason);
  if (parent?.aborted) onAbort();
  parent?.addEventListener('abort', onAbort, { once: true });
  const clear = () => {
    cancel();
    parent?.removeEventListener('abort', onAbort);
  };
  return { signal: controller.signal, clear };
}

/** Runs `work` under a deadline and clears it. */
export async function within<T>(
  afterMs: number,
  clock: Clock,
  parent: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = deadline(afterMs, clock, parent);
  try {
    return await work(limit.signal);
  } finally {
    limit.clear();
  }
}
