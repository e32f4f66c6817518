import type { BacktestTrade } from '../outcome.ts';
import { sumOf } from './sum.ts';
import { type TradeResults, tradeResults } from './trade-results.ts';

/** The trades of one kind: of a regime, a session, a close type, a side. */
export type SplitRow = {
  readonly kind: string;
  readonly profit: number;
} & Pick<TradeResults, 'trades' | 'winRate' | 'profitFactor' | 'expectancyR'>;

/** Figures per kind, in the order of `kinds`; kinds without a trade are left out. Profits sum to that of all trades. */
export function splitBy(
  trades: readonly BacktestTrade[],
  kinds: readonly string[],
  kindOf: (trade: BacktestTrade) => string,
): readonly SplitRow[] {
  return kinds.flatMap((kind) => {
    const ofKind = trades.filter((trade) => kindOf(trade) === kind);
    if (ofKind.length === 0) return [];
    const { winRate, profitFactor, expectancyR } = tradeResults(ofKind);
    const profit = sumOf(ofKind, (trade) => trade.profit);
    return [{ kind, trades: ofKind.length, profit, winRate, profitFactor, expectancyR }];
  });
}
