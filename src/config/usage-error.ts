/** The caller's mistake: bad arguments, a bad configuration or unusable input. The process ends with exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
