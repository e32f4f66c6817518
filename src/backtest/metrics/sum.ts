import { roundTo } from '../../domain/units.ts';

/** The sum over all items, free of the noise of adding floats: 0.1 and 0.2 make 0.3. For amounts, not for ratios. */
export function sumOf<T>(items: readonly T[], amountOf: (item: T) => number): number {
  return roundTo(
    items.reduce((sum, item) => sum + amountOf(item), 0),
    8,
  );
}
