import { isSame } from '../domain/is-same.ts';
import type { AccountState, TrackedPosition } from './account-state.ts';
import { newDeals } from './apply-deal.ts';
import { coherentMoney } from './coherent-money.ts';
import type { AccountInput } from './input.ts';
import { isManagementDue } from './manage.ts';
import { isSettled } from './settled.ts';

type Reconciled = Extract<AccountInput, { type: 'reconciled' }>;

/** Books older than this, in market time, are read into the journal again though nothing happened: equity moves. */
const freshForMs = 60_000;

/**
 * Whether a read between bars shows what is known already: nothing under way, to be closed, to be managed or to be explained, the same balance, the same positions
 * with the same stops, the same instruments, and books that are fresh enough. Writing it down would only make the journal grow.
 */
export function isOldNews(
  state: AccountState,
  read: Pick<Reconciled, 'at' | 'view' | 'positions' | 'deals' | 'quotes' | 'instruments'>,
): boolean {
  const { books, readFailures, tripped } = state;
  if (!books || readFailures > 0 || tripped['terminal-failover'] || !isSettled(state)) return false;
  if ((coherentMoney(state)?.doubted ?? 0) !== 0) return false;
  if (state.isFlattening || Object.values(state.positions).some(isBusy)) return false;
  if (isManagementDue(state, read)) return false;
  if (read.at >= books.at + freshForMs) return false;
  if (newDeals(state, read.deals).length > 0) return false;
  return (
    read.view.balance === books.view.balance &&
    whatStands(read.positions) === whatStands(books.positions) &&
    Object.entries(read.instruments).every(([symbol, instrument]) =>
      isSame(instrument, state.instruments[symbol]),
    )
  );
}

/** A call that did not help so far is made again after a read. */
function isBusy({ closing, protecting }: TrackedPosition): boolean {
  return closing !== undefined || protecting !== undefined;
}

/** Everything about positions that does not move with the price. */
function whatStands(positions: Reconciled['positions']): string {
  return JSON.stringify(
    positions.map(({ ticket, volume, stopLoss, takeProfit }) => [
      ticket,
      volume,
      stopLoss ?? null,
      takeProfit ?? null,
    ]),
  );
}
