import { assert } from '../../domain/assert.ts';

/**
 * Share of a standard normal distribution at or below `x`, to about 1e-15.
 *
 * The series of G. Marsaglia, Evaluating the Normal Distribution, Journal of Statistical Software 11/4 (2004).
 */
export function normalShare(x: number): number {
  assert(!Number.isNaN(x), 'a share of what is no number was asked for');
  if (Math.abs(x) > 8) return x > 0 ? 1 : 0;
  let [sum, term, before] = [x, x, 0];
  for (let i = 3; sum !== before; i += 2) {
    before = sum;
    term *= (x * x) / i;
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI);
}

/** The value that `share` of a standard normal distribution lies at or below; between -8 and 8. Found by halving. */
export function normalQuantile(share: number): number {
  let [low, high] = [-8, 8];
  for (let middle = 0; high - low > 1e-12; middle = (low + high) / 2) {
    if (normalShare(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
