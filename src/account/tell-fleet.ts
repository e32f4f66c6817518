import { isSame } from '../domain/is-same.ts';
import type { AccountState } from './account-state.ts';
import type { AccountInput } from './input.ts';
import { holdingsOf } from './reservation.ts';
import type { Turn } from './turn.ts';

/** Says to the fleet's ledger what the account holds and how far it has come, when that has changed or is asked for. */
export function tellFleet(turn: Turn, before: AccountState, { type }: AccountInput): void {
  const told = holdingsOf(turn.state);
  if (!told) return;
  const isAsked = type === 'fleet-asks';
  if (isAsked || !isSame(told, holdingsOf(before))) turn.act({ type: 'tell-fleet', told });
}
