import type { BacktestOutcome } from '../outcome.ts';
import { type PathFigures, pathFigures } from './path-figures.ts';
import { type Warning, warningsOf } from './warnings.ts';

/** All that is said of a backtest: every figure of both paths. The pessimistic one is what counts. */
export type BacktestMetrics = {
  readonly pessimistic: PathFigures;
  readonly optimistic: PathFigures;
  /** How many configurations the choice was made from, for the deflated Sharpe ratio. */
  readonly trials: number;
  /** What has to be known before any figure is believed, the gravest first. */
  readonly warnings: readonly Warning[];
};

const shuffling = { runs: 1_000, seed: 1 };

/** @param trials how many configurations were tried on the period, this one included */
export function backtestMetrics(outcome: BacktestOutcome, trials = 1): BacktestMetrics {
  const options = { trials: { count: trials }, shuffling };
  const pessimistic = pathFigures(outcome.pessimistic, outcome, options);
  const optimistic = pathFigures(outcome.optimistic, outcome, options);
  return {
    pessimistic,
    optimistic,
    trials,
    warnings: warningsOf(outcome, { pessimistic, optimistic }),
  };
}
