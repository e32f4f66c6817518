import { createHash } from 'node:crypto';
import type { Bar } from '../domain/bar.ts';

/** A hash over everything that a bar says, so that books are never continued on other data. */
export function barsIdentity(bars: readonly Bar[]): string {
  const values = new Float64Array(bars.length * 7);
  for (const [index, bar] of bars.entries()) {
    values.set(
      [
        bar.openTime,
        bar.open,
        bar.high,
        bar.low,
        bar.close,
        bar.volume,
        bar.spreadPoints ?? Number.NaN,
      ],
      index * 7,
    );
  }
  return createHash('sha256').update(values).digest('hex').slice(0, 32);
}
