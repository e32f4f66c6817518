import type { BacktestTrade } from '../outcome.ts';

/** The figures that only need what each trade earned. Undefined where there is nothing to divide by. */
export type TradeResults = {
  readonly trades: number;
  readonly wins: number;
  readonly losses: number;
  /** Share of trades that earned something after all costs. */
  readonly winRate: number | undefined;
  /** What the winners earned per unit that the losers lost; undefined without a loss. */
  readonly profitFactor: number | undefined;
  /** Mean result of a trade, in account currency and in R. */
  readonly expectancy: number | undefined;
  readonly expectancyR: number | undefined;
  readonly winMean: number | undefined;
  /** Negative. */
  readonly lossMean: number | undefined;
};

type Result = Pick<BacktestTrade, 'profit' | 'rMultiple'>;

/** A trade that came out at exactly zero is neither a win nor a loss, and counts as a trade. */
export function tradeResults(trades: readonly Result[]): TradeResults {
  let [wins, losses, won, lost, sumR] = [0, 0, 0, 0, 0];
  for (const { profit, rMultiple } of trades) {
    if (profit > 0) {
      wins += 1;
      won += profit;
    } else if (profit < 0) {
      losses += 1;
      lost += profit;
    }
    sumR += rMultiple;
  }
  return {
    trades: trades.length,
    wins,
    losses,
    winRate: per(wins, trades.length),
    profitFactor: per(won, -lost),
    expectancy: per(won + lost, trades.length),
    expectancyR: per(sumR, trades.length),
    winMean: per(won, wins),
    lossMean: per(lost, losses),
  };
}

function per(amount: number, count: number): number | undefined {
  return count > 0 ? amount / count : undefined;
}
