import type { AccountState, Books } from '../../account/account-state.ts';
import { coherentMoney, moneyOfNewDay } from '../../account/coherent-money.ts';
import { type Money, money, roundTo } from '../../domain/units.ts';
import { type ExchangeState, type OpenPosition, ticketsFirst } from '../../exchange/state.ts';

/** What a simulated broker has to know to go on where a real one stood, as far as a journal tells it. */
export function restoredBooks(
  before: AccountState,
  { view, positions: listed }: Books,
  { symbol, magic }: { readonly symbol: string; readonly magic: number },
): ExchangeState {
  const { deals, positions } = before;
  const tickets = [...listed.map(({ ticket }) => ticket), ...Object.keys(positions).map(Number)];
  return {
    balance: balanceOf(before, view),
    positions: listed
      .filter((position) => position.symbol === symbol)
      .map(({ profit: _, isOwned, ...position }): OpenPosition => {
        const changedAt = position.openedAt;
        return { ...position, changedAt, magic: isOwned ? magic : 0 };
      }),
    quotes: {},
    orderTicketNext: 1 + Math.max(ticketsFirst.order, ...tickets),
    dealTicketNext: 1 + Math.max(ticketsFirst.deal, ...deals.map(({ ticket }) => ticket)),
  };
}

/** What was read as the balance may lack deals that were booked since. */
function balanceOf(before: AccountState, view: Books['view']): Money {
  const { money: booked } = before;
  if (!booked || isDoubted(before)) return view.balance;
  const { unexplained = 0 } = moneyOfNewDay(before, 0).day ?? {};
  return money(roundTo(booked.balance + unexplained, booked.currencyDigits));
}

/** Whether the balance has a part whose deal is not known: a broker with such a past cannot be made. */
export function isDoubted(state: AccountState): boolean {
  return (coherentMoney(state)?.doubted ?? 0) !== 0;
}
