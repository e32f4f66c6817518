import type { Clock } from './clock.ts';

export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
  constructor(afterMs: number) {
    super(`no answer within ${afterMs} ms`);
  }
}

type Listener = Parameters<AbortSignal['addEventListener']>[1];

/**
 * What `AbortSignal` is to all who listen to its one event, which comes once. Node makes each of its own an object of a shape of its
 * own, which whoever touches it has to learn first: that takes longer than much else that is done for a request. Its listeners
 * are kept as `Few` is, and for the same reason. `fetch` and `AbortSignal.any` insist on one of Node's, some without a word:
 * they have no place here.
 */
export class QuickSignal implements AbortSignal {
  aborted = false;
  reason: unknown;
  onabort: AbortSignal['onabort'] = null;
  readonly #listeners: Listener[] = [];

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

  addEventListener(_type: 'abort', listener: Listener): void {
    if (this.aborted || this.#listeners.includes(listener)) return;
    this.#listeners.push(listener);
  }

  removeEventListener(_type: 'abort', listener: Listener): void {
    const place = this.#listeners.indexOf(listener);
    if (place !== -1) this.#listeners.splice(place, 1);
  }

  /** One that fails does so where nobody catches, and the others hear it all the same. */
  dispatchEvent(event: Event): boolean {
    for (const listener of [...this.#listeners]) {
      if (!this.#listeners.includes(listener)) continue;
      try {
        if (typeof listener === 'function') listener.call(this, event);
        else listener.handleEvent(event);
      } catch (error) {
        process.nextTick(() => {
          throw error;
        });
      }
    }
    return true;
  }
}

export type Deadline = { readonly signal: AbortSignal; clear(): void };

/**
 * A signal that aborts when `parent` does, or after `afterMs` on this clock, whichever is first. `clear` it when the
 * work is done, or its timer lives on. Infinity leaves only the parent.
 */
export function deadline(afterMs: number, clock: Clock, parent?: AbortSignal): Deadline {
  const signal = new QuickSignal();
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
