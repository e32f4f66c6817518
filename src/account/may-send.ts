import type { AccountState } from './account-state.ts';

/**
 * Whether an order whose intent is on disk may still leave. It waits behind the calls before it; who stops entries
 * meanwhile, a person or the engine, means this one, too.
 */
export function maySend({ trading, policy }: AccountState): boolean {
  return trading.state === 'active' && policy?.entriesStopped === undefined;
}
