/** Mean, spread and shape of a sample. */
export type Moments = {
  readonly count: number;
  readonly mean: number;
  /** Sample standard deviation, with n - 1; undefined under two values. */
  readonly deviation: number | undefined;
  /** Third and fourth standardised moments of the population (a normal one has 0 and 3); undefined without spread. */
  readonly skewness: number | undefined;
  readonly kurtosis: number | undefined;
};

export function momentsOf(values: readonly number[]): Moments {
  const count = values.length;
  const mean = count > 0 ? sumOf(values, (value) => value) / count : 0;
  const central = (power: number) => sumOf(values, (value) => (value - mean) ** power) / count;
  const variance = count > 0 ? central(2) : 0;
  const hasSpread = Math.sqrt(variance) > Math.max(leastShare * Math.abs(mean), leastSpread);
  return {
    count,
    mean,
    deviation: count > 1 ? Math.sqrt((variance * count) / (count - 1)) : undefined,
    skewness: hasSpread ? central(3) / variance ** 1.5 : undefined,
    kurtosis: hasSpread ? central(4) / variance ** 2 : undefined,
  };
}

/** Below this share of the mean, a spread is the noise of adding floats. */
const leastShare = 1e-12;
/** Below this, its powers are no numbers any more. */
const leastSpread = 1e-60;

function sumOf(values: readonly number[], of: (value: number) => number): number {
  return values.reduce((sum, value) => sum + of(value), 0);
}
