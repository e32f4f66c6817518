import { assert } from '../domain/assert.ts';
import { type Clock, sleep } from './clock.ts';

export type RetryPolicy = {
  /** Calls altogether, the first one included. */
  readonly attemptsMax: number;
  /** Wait after the first failure; it doubles with each further one. */
  readonly firstDelayMs: number;
  /** No wait is longer than this. */
  readonly delayMaxMs: number;
};

type RetryOptions = {
  readonly policy: RetryPolicy;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Whether another attempt may help. Everything else is passed up at once. */
  readonly isTransient: (error: unknown) => boolean;
};

/**
 * Runs `work` until it succeeds, fails for good, or has had its attempts; then rejects with its last error. Only for
 * what may be done twice. An abort during a wait rejects with the last error too: it says more than the abort does.
 *
 * @param work fails by rejecting: what it throws is thrown
 */
export function retry<T>(options: RetryOptions, work: (attempt: number) => Promise<T>): Promise<T> {
  const { attemptsMax } = options.policy;
  assert(attemptsMax >= 1, () => `at least one attempt is needed, was ${attemptsMax}`);
  // Almost always the only one: it is not to cost more than it does without us.
  return work(1).catch((error: unknown) => retryAfter(error, options, work));
}

async function retryAfter<T>(
  first: unknown,
  { policy, clock, signal, isTransient }: RetryOptions,
  work: (attempt: number) => Promise<T>,
): Promise<T> {
  let error = first;
  for (let failures = 1; ; failures += 1) {
    const isLast = failures >= policy.attemptsMax || signal.aborted || !isTransient(error);
    if (isLast || !(await hasWaited(policy, failures, clock, signal))) throw error;
    try {
      return await work(failures + 1);
    } catch (next) {
      error = next;
    }
  }
}

/** False when the signal aborted the wait. */
function hasWaited(
  { firstDelayMs, delayMaxMs }: RetryPolicy,
  failures: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  const delayMs = Math.min(delayMaxMs, firstDelayMs * 2 ** (failures - 1));
  return sleep(delayMs, clock, signal).then(
    () => true,
    () => false,
  );
}
