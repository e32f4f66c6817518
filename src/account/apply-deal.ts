import type { Deal } from '../domain/deal.ts';
import { type EpochMs, epochMs, type Money, money, roundTo, steps } from '../domain/units.ts';
import type { BookedDeal } from './account-fact.ts';
import type { AccountState, TrackedPosition } from './account-state.ts';
import { unseenDeal } from './coherent-money.ts';
import { dayOf } from './local-day.ts';
import { omit } from './omit.ts';
import { advance } from './order-machine.ts';

/** A deal that turns up later than this behind the newest one is not ours to book any more. */
const lateDealMs = 3_600_000;
/** How far the time of a deal may lie before the market time of the answer that preceded it. */
const clockSlackMs = 60_000;

/** The deals that must be remembered so that none is booked twice. */
export function dealsKept(deals: readonly BookedDeal[]): readonly BookedDeal[] {
  const newestAt = deals.reduce((newest, { at }) => Math.max(newest, at), 0);
  return deals
    .filter(({ at }) => at >= newestAt - lateDealMs)
    .map(({ ticket, at }) => ({ ticket, at }));
}

/** From when on deals must be read so that none is missed. 0 = all of them. */
export function dealsFrom({ deals, money: seen }: AccountState): EpochMs {
  if (!seen) return epochMs(0);
  const newestAt = deals.reduce((newest, { at }) => Math.max(newest, at), seen.seenAt as number);
  return epochMs(Math.max(0, newestAt - lateDealMs));
}

/** Whether a deal that the broker lists is news. What happened before the account was first seen never is. */
export function isNewDeal(state: AccountState, deal: BookedDeal): boolean {
  const seenAt = state.money?.seenAt ?? 0;
  if (deal.at < Math.max(seenAt - clockSlackMs, dealsFrom(state))) return false;
  return !state.deals.some(({ ticket }) => ticket === deal.ticket);
}

/** What a deal moved, in the account's currency: costs included. */
export function amountOf(deal: Deal): number {
  return deal.kind === 'trade' ? deal.profit + deal.swap + deal.commission : deal.amount;
}

/** Deposits and withdrawals are nobody's result: they move the starts (see `settleTransfers`). */
export function applyDeal(state: AccountState, deal: Deal): AccountState {
  const digits = state.money?.currencyDigits ?? 2;
  const added = (amount: Money) => money(roundTo(amount + amountOf(deal), digits));
  const deals = dealsKept([...state.deals, deal]);
  const { money: before, day, books } = state;
  if (!before) return { ...state, deals };
  const isToday = day !== undefined && dayOf(deal.at, state.policy) === day.index;
  const unseen = unseenDeal(deal, { amount: added(money(0)), isToday });
  const booked = {
    ...state,
    deals,
    money: { ...before, balance: added(before.balance) },
    ...(books && { books: { ...books, unseen: [...(books.unseen ?? []), unseen] } }),
  };
  if (deal.kind === 'balance') {
    const transferred = added(before.transferred ?? money(0));
    return { ...booked, money: { ...booked.money, transferred } };
  }
  const counted = isToday ? { ...booked, day: { ...day, realised: added(day.realised) } } : booked;
  if (deal.kind === 'charge') return counted;
  const position = state.positions[deal.positionTicket];
  if (!position) return counted;
  const realised = added(position.realised);
  const positions = {
    ...state.positions,
    [deal.positionTicket]: { ...booking(position, deal), realised },
  };
  return { ...counted, positions };
}

function booking(
  position: TrackedPosition,
  deal: Extract<Deal, { kind: 'trade' }>,
): TrackedPosition {
  const turnover = deal.price * deal.volume;
  if (deal.entry === 'in') {
    const entered = {
      volume: steps((position.entered?.volume ?? 0) + deal.volume),
      turnover: (position.entered?.turnover ?? 0) + turnover,
    };
    return { ...position, entered, isEntryBooked: entered.volume >= position.volume };
  }
  const closed = {
    volume: steps(position.closed.volume + deal.volume),
    turnover: position.closed.turnover + turnover,
    last: { price: deal.price, at: deal.at, reason: deal.reason },
  };
  const { closing, volume, stage } = position;
  const isPartDone = closing?.leaves !== undefined && volume - closed.volume <= closing.leaves;
  if (!isPartDone) return { ...position, closed, stage: advance(stage, 'reduced') };
  return { ...omit(position, 'closing'), closed, stage: advance(stage, 'part-closed') };
}
