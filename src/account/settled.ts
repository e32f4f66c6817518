import type { AccountView } from '../domain/account.ts';
import type { Trace } from '../domain/bar.ts';
import type { BrokerPosition } from '../domain/position.ts';
import { roundTo } from '../domain/units.ts';
import type { AccountState, Call, TrackedPosition } from './account-state.ts';
import { traceParts } from './trace-parts.ts';

/** After so many calls that did not help, the next one waits for the next bar. */
export const callsMax = 5;

/** Whether the bar of a trace, or a later one of its series, was decided. */
export function hasDecided({ decided }: AccountState, trace: Trace): boolean {
  const { series, barTime } = traceParts(trace);
  const newest = decided[series];
  return newest !== undefined && barTime <= newest;
}

/**
 * Nothing is in flight and nothing has to be found out: the broker was read in this incarnation, no order is under
 * way (the fill was read), no close or stop awaits its effect, no position of ours lacks the deal that opened it, none
 * is gone without a deal that says why.
 */
export function isSettled(state: AccountState): boolean {
  if (!state.isRead || Object.keys(state.orders).length > 0) return false;
  return Object.values(state.positions).every(
    (position) =>
      isListed(state, position) &&
      (position.isEntryBooked || position.isAdopted) &&
      position.closed.volume < position.volume &&
      isDone(position.closing) &&
      isDone(position.protecting),
  );
}

/** Whether an answer to a trade call is still to come. */
export function isCalling({ orders, positions, cancelling }: AccountState): boolean {
  return (
    cancelling?.status === 'sending' ||
    Object.values(orders).some(({ stage }) => stage === 'sending') ||
    Object.values(positions).some(
      ({ closing, protecting }) =>
        closing?.status === 'sending' || protecting?.status === 'sending',
    )
  );
}

/**
 * Whether the deals have to be read beside positions and account: at first sight, for an order under way, when a
 * position has changed or gone, or when the balance is not what was booked.
 */
export function dealsNeeded(
  state: AccountState,
  read: { readonly view: AccountView; readonly positions: readonly BrokerPosition[] },
): boolean {
  const { money, orders, positions } = state;
  if (!money || Object.keys(orders).length > 0) return true;
  if (roundTo(read.view.balance, money.currencyDigits) !== money.balance) return true;
  const isUnknown = ({ ticket, isOwned }: BrokerPosition) => isOwned && !positions[ticket];
  if (read.positions.some(isUnknown)) return true;
  return Object.values(positions).some(({ ticket, volume, closed, isEntryBooked }) => {
    const listed = read.positions.find((position) => position.ticket === ticket);
    return !isEntryBooked || listed?.volume !== volume - closed.volume;
  });
}

function isListed({ books }: AccountState, { ticket }: TrackedPosition): boolean {
  return books?.positions.some((position) => position.ticket === ticket) ?? false;
}

function isDone(call: Call | undefined): boolean {
  return !call || (call.status !== 'sending' && call.attempts >= callsMax);
}
