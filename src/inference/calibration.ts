/** Break points of an isotonic regression, `x` rising, `y` never falling: as many of one as of the other, at least one. */
export type CalibrationTable = { readonly x: readonly number[]; readonly y: readonly number[] };

/**
 * How often a class is right when a model gives it the probability `raw`: linear between two break points, constant
 * outside of them. The same answer as scikit-learn's `IsotonicRegression(out_of_bounds='clip').predict`.
 */
export function calibrate({ x, y }: CalibrationTable, raw: number): number {
  const above = firstAbove(x, raw);
  if (above === 0) return y[0] as number;
  if (above === x.length) return y[above - 1] as number;
  const [x0, x1] = [x[above - 1] as number, x[above] as number];
  const [y0, y1] = [y[above - 1] as number, y[above] as number];
  return y0 + (y1 - y0) * ((raw - x0) / (x1 - x0)); // A slope could overflow, a share of the way cannot.
}

/** Index of the first value above `limit`; the length when there is none. */
function firstAbove(sorted: readonly number[], limit: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}
