/**
 * Stops the caller when `condition` does not hold: what was asserted is a bug, not an outcome.
 *
 * @param message made only when it is needed where it is a function: a number takes longer to write down than to check
 */
export function assert(condition: unknown, message: string | (() => string)): asserts condition {
  if (condition) return;
  throw new AssertionError(typeof message === 'string' ? message : message());
}

/** The end of a `switch` over a union: a missing case does not compile, a payload that lied throws. */
export function unreachable(value: never): never {
  throw new AssertionError(`unexpected value ${JSON.stringify(value)}`);
}

export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}
