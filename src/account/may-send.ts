import { stricterState } from '../risk/guards/trading-state.ts';
import type { AccountState } from './account-state.ts';

/**
 * Whether an order whose intent is on disk may still leave. It waits behind the calls before it; who stops entries
 * meanwhile, a person or the engine, means this one, too.
 */
export function maySend({ trading, policy }: AccountState): boolean {
  const state = stricterState(trading.state, policy?.fleetState ?? 'active');
  return state === 'active' && policy?.entriesStopped === undefined;
}
