/** The sets of a sweep in the order of their Score, and what their number makes of the best of them. */
import { deflatedSharpeRatio } from '../metrics/deflated-sharpe.ts';
import { momentsOf } from '../metrics/moments.ts';
import type { SetOverride } from './grids.ts';
import type { SetResult } from './set-player.ts';
import { judgedFigures } from './worse-column.ts';

export type PlayedSet = {
  readonly key: string;
  /** Empty for the configuration as it stands. */
  readonly override: SetOverride;
  readonly result: SetResult;
};

export type SweepRow = PlayedSet & {
  /** Counted from 1. */
  readonly rank: number;
  /** Given that it is one of so many that were tried; undefined where its days have no spread. */
  readonly deflatedSharpe: number | undefined;
};

/**
 * Best Score first, each set by its worse column; sets without a Score (too few trades) by what they earned.
 *
 * @param tried every set that was ever played on the same inputs, these included: a choice from many finds luck
 */
export function sweepRows(
  sets: readonly PlayedSet[],
  tried: readonly Pick<SetResult, 'dayReturns'>[],
): readonly SweepRow[] {
  const sharpes = tried.map(sharpePerDay).filter((sharpe) => sharpe !== undefined);
  const { deviation } = momentsOf(sharpes);
  const trials = {
    count: Math.max(1, tried.length),
    ...(deviation !== undefined && { variance: deviation ** 2 }),
  };
  return sets.toSorted(byScore).map((set, index) => ({
    ...set,
    rank: index + 1,
    deflatedSharpe: deflatedSharpeRatio(set.result.dayReturns, trials),
  }));
}

function byScore({ result: a, key: keyA }: PlayedSet, { result: b, key: keyB }: PlayedSet): number {
  const [one, other] = [judgedFigures(a), judgedFigures(b)];
  const byReturn = other.totalReturn - one.totalReturn;
  return other.scoreWeekly - one.scoreWeekly || byReturn || (keyA < keyB ? -1 : 1);
}

/** Undefined without spread: a set that never traded tells nothing of the others. */
function sharpePerDay({ dayReturns }: Pick<SetResult, 'dayReturns'>): number | undefined {
  const { mean, deviation, skewness } = momentsOf(dayReturns);
  return deviation === undefined || skewness === undefined ? undefined : mean / deviation;
}
