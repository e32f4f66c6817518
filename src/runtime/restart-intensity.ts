/** How often is too often: more than `restartsMax` restarts within `windowMs` and the supervisor gives up. */
export type RestartIntensity = { readonly restartsMax: number; readonly windowMs: number };

/** Moments of restarts, oldest first, in milliseconds of a clock that never goes back. */
export type RestartHistory = readonly number[];

/** Adds a restart and forgets those older than the window. One exactly `windowMs` old still counts. */
export function recordRestart(
  history: RestartHistory,
  now: number,
  { windowMs }: RestartIntensity,
): RestartHistory {
  return [...history.filter((at) => at >= now - windowMs), now];
}

export function isSpent(history: RestartHistory, { restartsMax }: RestartIntensity): boolean {
  return history.length > restartsMax;
}
