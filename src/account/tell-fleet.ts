import { isSame } from '../domain/is-same.ts';
import type { AccountState } from './account-state.ts';
import type { AccountInput } from './input.ts';
import { type Holdings, holdingsOf } from './reservation.ts';
import type { Turn } from './turn.ts';

/** Says to the fleet's ledger what the account holds and how far it has come, when that has changed or is asked for. */
export function tellFleet(turn: Turn, before: AccountState, { type }: AccountInput): void {
  const told = holdingsIn(turn.state);
  if (!told) return;
  const isAsked = type === 'fleet-asks';
  if (isAsked || !isSame(told, holdingsIn(before))) turn.act({ type: 'tell-fleet', told });
}

/** The state after one input is the state before the next, and never changes. */
const known = new WeakMap<AccountState, Holdings>();

function holdingsIn(state: AccountState): Holdings | undefined {
  const holdings = known.get(state) ?? holdingsOf(state);
  if (holdings) known.set(state, holdings);
  return holdings;
}
