import type { Headline } from '../metrics/path-figures.ts';

type Columns<Column> = { readonly pessimistic: Column; readonly optimistic: Column };

/**
 * Which order of prices inside a bar a set is judged by: the one with the lower Score, of two alike the one that earned
 * less. What hurts an unmanaged position may help one that is managed inside the bar, so that neither is a bound.
 */
export function worseColumn({
  pessimistic,
  optimistic,
}: Columns<Pick<Headline, 'scoreWeekly' | 'totalReturn'>>): keyof Columns<unknown> {
  const apart =
    optimistic.scoreWeekly - pessimistic.scoreWeekly ||
    optimistic.totalReturn - pessimistic.totalReturn;
  return apart < 0 ? 'optimistic' : 'pessimistic';
}

/** The figures that a set is ranked and shown by. */
export function judgedFigures(result: Columns<Headline>): Headline {
  return result[worseColumn(result)];
}
