import type { TradingState } from '../../domain/account.ts';
import type { Denial } from '../../domain/account-event.ts';
import type { AccountRisk } from './guard.ts';

/** How far a trading state is from trading; every number above 0 denies entries. */
export const tradingStateRank = {
  active: 0,
  reducing: 1,
  paused: 2,
  halted: 3,
} as const satisfies Record<TradingState, number>;

/** Of two states the one that is further from trading. */
export function stricterState(one: TradingState, other: TradingState): TradingState {
  return tradingStateRank[one] >= tradingStateRank[other] ? one : other;
}

/** Entries need the state `active`. Observed is the state's rank. */
export function tradingState({ tradingState: state }: AccountRisk): Denial | undefined {
  if (state === 'active') return undefined;
  return { limit: 'trading-state', observed: tradingStateRank[state], allowed: 0 };
}
