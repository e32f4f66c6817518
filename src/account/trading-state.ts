import type { TradingState } from '../domain/account.ts';
import type { Turn } from './turn.ts';

/** Changes the trading state, if it is another one, and says so. */
export function changeState(turn: Turn, to: TradingState, reason: string): void {
  const from = turn.state.trading.state;
  if (from === to) return;
  turn.record({ type: 'trading-state-changed', from, to, reason });
  turn.announce({ type: 'state-changed', from, to, reason });
}
