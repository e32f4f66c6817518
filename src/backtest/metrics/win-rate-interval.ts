import { normalQuantile } from './normal.ts';

export type Interval = { readonly low: number; readonly high: number };

/**
 * Where the true win rate lies with 95 % confidence, were trades independent draws. Undefined without a trade.
 *
 * E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, JASA 22 (1927).
 */
export function winRateInterval(wins: number, trades: number): Interval | undefined {
  if (trades === 0) return undefined;
  const z = normalQuantile(0.975);
  const share = wins / trades;
  const scale = 1 + z ** 2 / trades;
  const centre = (share + z ** 2 / (2 * trades)) / scale;
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / trades + z ** 2 / (4 * trades ** 2));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}
