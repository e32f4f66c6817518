/** How long to wait before the restarts of one child in a row. */
export type Backoff = {
  /** So many restarts in a row happen at once, before waiting begins. */
  readonly immediate: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** 0.2 makes each wait longer by up to a fifth, drawn at random: a herd does not come back in step. */
  readonly jitter: number;
  /** A child that ran this long without failing begins anew. */
  readonly resetAfterMs: number;
};

/**
 * The wait before restart number `streak` + 1 in a row: `minMs` doubled each time, at most `maxMs`, plus jitter.
 *
 * @param random in [0, 1)
 */
export function backoffMs(backoff: Backoff, streak: number, random: number): number {
  const waits = streak - backoff.immediate;
  if (waits < 0) return 0;
  const plain = Math.min(backoff.maxMs, backoff.minMs * 2 ** waits);
  return plain * (1 + backoff.jitter * random);
}
