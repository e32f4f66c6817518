import type { AccountPolicy } from '../../account/policy.ts';
import type { Bar } from '../../domain/bar.ts';
import { epochMs } from '../../domain/units.ts';
import type { PositionJudge } from '../account-run.ts';
import { type Headline, pathFigures } from '../metrics/path-figures.ts';
import type { BacktestOutcome, BacktestPath } from '../outcome.ts';
import { type PredictionSeries, predictionSeries } from '../prediction-series.ts';
import { runBacktest } from '../run-backtest.ts';
import type { SweepWorld } from './sweep-world.ts';
import { worseColumn } from './worse-column.ts';

/** What became of one set, under both orders inside the bar. Plain values, the same to the last bit wherever it is played. */
export type SetResult = {
  readonly pessimistic: Headline;
  readonly optimistic: Headline;
  /** Of the worse path: what each calendar day, UTC, earned of the equity before it. */
  readonly dayReturns: readonly number[];
  /** Midnight at which the first of them began. */
  readonly firstDayMs: number;
};

const timeframe = 'M15';
/** Neither is asked of a set: how many there were is known at the end, and the order of trades is for the one chosen. */
const figureOptions = { trials: { count: 1 }, shuffling: { runs: 0, seed: 1 } };

/** Plays sets one after the other over one world, as `novosky backtest` plays an account: what they share is kept. */
export class SetPlayer {
  readonly #world: SweepWorld;
  readonly #predictions: PredictionSeries;
  readonly #judge: PositionJudge | undefined;

  /** @param judge where the models judge open positions; never in a thread that may be terminated */
  constructor(world: SweepWorld, judge?: PositionJudge) {
    const { bars, symbol, manifest, table } = world;
    this.#world = world;
    this.#judge = judge;
    // What crosses to a thread as a Buffer arrives as bytes.
    const hashes = Buffer.from(table.hashes);
    const of = { bars, symbol, timeframe, manifest } as const;
    this.#predictions = predictionSeries({ ...table, hashes }, of);
  }

  async play(policy: AccountPolicy): Promise<SetResult> {
    const { bars, symbol, detail, manifest, terms, deposit, magic, fleetCaps } = this.#world;
    const request = {
      ...({ symbol, timeframe, bars, terms, deposit, magic, fleetCaps, policy } as const),
      predictions: this.#predictions,
      detail: { of: ({ openTime }: Bar) => detail.get(openTime) },
      first: 0,
      last: bars.length - 2,
      judge: policy.management && this.#judge,
    };
    const trainedUntilMs = epochMs(Date.parse(manifest.training.train_to));
    const outcome = await runBacktest(request, { settings: {}, trainedUntilMs });
    const figures = {
      pessimistic: figuresOf(outcome, outcome.pessimistic),
      optimistic: figuresOf(outcome, outcome.optimistic),
    };
    const pessimistic = figures.pessimistic.headline;
    const optimistic = figures.optimistic.headline;
    const { days } = figures[worseColumn({ pessimistic, optimistic })];
    return {
      ...{ pessimistic, optimistic },
      dayReturns: days.map(({ dayReturn }) => dayReturn),
      firstDayMs: days[0]?.dayMs ?? 0,
    };
  }
}

function figuresOf(outcome: BacktestOutcome, path: BacktestPath) {
  return pathFigures(path, outcome, figureOptions);
}
