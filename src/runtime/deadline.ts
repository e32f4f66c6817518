import { setMaxListeners } from 'node:events';
import type { Clock } from './clock.ts';

export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
  constructor(afterMs: number) {
    super(`no answer within ${afterMs} ms`);
  }
}

/**
 * What `AbortSignal` is to all who listen. Node makes each of its own an object of a shape of its own, which whoever touches it
 * has to learn first: that takes longer than much else that is done for a request. `fetch` and `AbortSignal.any` insist
 * on one of Node's, some without a word: they have no place here.
 */
class DeadlineSignal extends EventTarget implements AbortSignal {
  aborted = false;
  reason: unknown;
  onabort: AbortSignal['onabort'] = null;

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  /** Only the first reason counts. */
  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    const event = new Event('abort');
    this.dispatchEvent(event);
    this.onabort?.(event);
  }
}

export type Deadline = { readonly signal: AbortSignal; clear(): void };

/**
 * A signal that aborts when `parent` does, or after `afterMs` on this clock, whichever is first. `clear` it when the
 * work is done, or its timer lives on. Infinity leaves only the parent.
 */
export function deadline(afterMs: number, clock: Clock, parent?: AbortSignal): Deadline {
  const signal = new DeadlineSignal();
  // One deadline may be that of any number of calls side by side: Node would suspect a leak at the eleventh.
  setMaxListeners(0, signal);
  const onTime = () => signal.abort(new DeadlineError(afterMs));
  const cancel = Number.isFinite(afterMs) ? clock.after(afterMs, onTime) : () => {};
  const onAbort = () => signal.abort(parent?.reason);
  if (parent?.aborted) onAbort();
  parent?.addEventListener('abort', onAbort, { once: true });
  const clear = () => {
    cancel();
    parent?.removeEventListener('abort', onAbort);
  };
  return { signal, clear };
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
