import { roundTo } from '../../domain/units.ts';
import type { BacktestTrade } from '../outcome.ts';

export type Streaks = {
  readonly winning: number;
  readonly losing: number;
  /** What the costliest row of losses cost, 0 or less; it need not be the longest. */
  readonly losingAmount: number;
};

/** The longest rows of wins and of losses, in the order of closing. A trade at exactly zero ends both. */
export function streaksOf(trades: readonly Pick<BacktestTrade, 'profit'>[]): Streaks {
  let [winning, losing, losingAmount] = [0, 0, 0];
  let [wins, losses, lost] = [0, 0, 0];
  for (const { profit } of trades) {
    wins = profit > 0 ? wins + 1 : 0;
    losses = profit < 0 ? losses + 1 : 0;
    lost = profit < 0 ? lost + profit : 0;
    winning = Math.max(winning, wins);
    losing = Math.max(losing, losses);
    losingAmount = Math.min(losingAmount, lost);
  }
  return { winning, losing, losingAmount: roundTo(losingAmount, 8) };
}
