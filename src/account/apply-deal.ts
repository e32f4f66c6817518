import type { Deal } from '../domain/deal.ts';
import { type EpochMs, epochMs, type Money, money, roundTo, steps } from '../domain/units.ts';
import type { BookedDeal } from './account-fact.ts';
import type { AccountState, TrackedPosition } from './account-state.ts';
import { unseenDeal } from './coherent-money.ts';
import { dayOf } from './local-day.ts';
import { omit } from './omit.ts';
import { advance } from './order-machine.ts';
import { copyOf } from './state-copy.ts';
import { withKey } from './with-key.ts';

/** A deal that turns up later than this behind the newest one is not ours to book any more. */
const lateDealMs = 3_600_000;
/** How far the time of a deal may lie before the market time of the answer that preceded it. */
const clockSlackMs = 60_000;

/** What is remembered of a deal. */
export function bookedDeal({ ticket, at }: BookedDeal): BookedDeal {
  return { ticket, at };
}

/** The deals that must be remembered so that none is booked twice. */
export function dealsKept(deals: readonly BookedDeal[]): readonly BookedDeal[] {
  const from = newestAt(deals, 0) - lateDealMs;
  return deals.filter(({ at }) => at >= from);
}

/** From when on deals must be read so that none is missed. 0 = all of them. */
export function dealsFrom({ deals, money: seen }: AccountState): EpochMs {
  if (!seen) return epochMs(0);
  return epochMs(Math.max(0, newestAt(deals, seen.seenAt) - lateDealMs));
}

/** The deals of a list of the broker's that are news. What happened before the account was first seen never is. */
export function newDeals<D extends BookedDeal>(
  state: AccountState,
  deals: readonly D[],
): readonly D[] {
  if (deals.length === 0) return deals;
  const seenAt = state.money?.seenAt ?? 0;
  const from = Math.max(seenAt - clockSlackMs, dealsFrom(state));
  const known = new Set(state.deals.map(({ ticket }) => ticket));
  return deals.filter(({ ticket, at }) => at >= from && !known.has(ticket));
}

function newestAt(deals: readonly BookedDeal[], atLeast: number): number {
  let newest = atLeast;
  for (const { at } of deals) if (at > newest) newest = at;
  return newest;
}

/** What a deal moved, in the account's currency: costs included. */
export function amountOf(deal: Deal): number {
  return deal.kind === 'trade' ? deal.profit + deal.swap + deal.commission : deal.amount;
}

/** Deposits and withdrawals are nobody's result: they move the starts (see `settleTransfers`). */
export function applyDeal(state: AccountState, deal: Deal): AccountState {
  const digits = state.money?.currencyDigits ?? 2;
  const added = (amount: Money) => money(roundTo(amount + amountOf(deal), digits));
  const booked = copyOf(state);
  booked.deals = dealsKept([...state.deals, bookedDeal(deal)]);
  const { money: before, day, books } = state;
  if (!before) return booked;
  const isToday = day !== undefined && dayOf(deal.at, state.policy) === day.index;
  const balance = added(before.balance);
  if (books) {
    const unseen = unseenDeal(deal, { amount: added(money(0)), isToday });
    booked.books = { ...books, unseen: [...(books.unseen ?? []), unseen] };
  }
  if (deal.kind === 'balance') {
    const transferred = added(before.transferred ?? money(0));
    booked.money = { ...before, balance, transferred };
    return booked;
  }
  booked.money = { ...before, balance };
  if (isToday) booked.day = { ...day, realised: added(day.realised) };
  if (deal.kind === 'charge') return booked;
  const position = state.positions[deal.positionTicket];
  if (position) {
    const changed = booking(position, deal, added(position.realised));
    booked.positions = withKey(state.positions, deal.positionTicket, changed);
  }
  return booked;
}

function booking(
  position: TrackedPosition,
  deal: Extract<Deal, { kind: 'trade' }>,
  realised: Money,
): TrackedPosition {
  const turnover = deal.price * deal.volume;
  if (deal.entry === 'in') {
    const entered = {
      volume: steps((position.entered?.volume ?? 0) + deal.volume),
      turnover: (position.entered?.turnover ?? 0) + turnover,
    };
    return { ...position, entered, isEntryBooked: entered.volume >= position.volume, realised };
  }
  const closed = {
    volume: steps(position.closed.volume + deal.volume),
    turnover: position.closed.turnover + turnover,
    last: { price: deal.price, at: deal.at, reason: deal.reason },
  };
  const { closing, volume, stage } = position;
  const isPartDone = closing?.leaves !== undefined && volume - closed.volume <= closing.leaves;
  if (!isPartDone) return { ...position, closed, stage: advance(stage, 'reduced'), realised };
  return { ...omit(position, 'closing'), closed, stage: advance(stage, 'part-closed'), realised };
}
