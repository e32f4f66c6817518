/** What the guards measure: one moment of the account, though balance and deals are read one after the other. */
import type { Deal } from '../domain/deal.ts';
import { type Money, money, roundTo } from '../domain/units.ts';
import type { AccountState } from './account-state.ts';

/** A deal that was booked since the broker's balance was read; that balance may lack it. */
export type UnseenDeal = {
  readonly amount: Money;
  /** The part of it that counts as the day's result. */
  readonly realised: Money;
  /** The part of it that is a deposit (above 0) or a withdrawal. */
  readonly transferred: Money;
};

/** So many answers in a row with a balance that nothing explains are doubted; the next one is believed. */
const doubtsMax = 2;

/** The account at the moment at which its balance and its equity were read. */
type CoherentMoney = {
  /** Comparable with where account and week began: it has every transfer that is booked, and no other. */
  readonly equity: Money;
  /** Realised since local midnight, and floating. */
  readonly dayResult: Money;
  /** The part of the balance that no deal explains yet; 0 once it is explained, or believed. */
  readonly doubted: Money;
};

/**
 * Balance and equity are of one moment, the deals of a later one: what was booked since is taken out again where that
 * explains the balance. What stays unexplained is a result or a transfer whose deal is not listed yet. While it is
 * doubted it counts as whichever leaves the account better off, so that no guard latches on what may be no loss; from
 * the third answer in a row on as whichever leaves it worse off.
 */
export function coherentMoney(state: AccountState): CoherentMoney | undefined {
  const { day, books } = state;
  const gap = gapOf(state);
  if (!day || !books || !gap) return undefined;
  const { view, doubts = 0 } = books;
  const { unseen, known, fresh } = gap;
  const isBelieved = doubts >= doubtsMax;
  const rounded = (amount: number) => money(roundTo(amount, view.currencyDigits));
  const transferred = isBelieved ? Math.max(0, fresh) : Math.min(0, fresh);
  const result = isBelieved ? Math.min(0, fresh) : Math.max(0, fresh);
  return {
    equity: rounded(view.equity + unseen.transferred - Math.max(0, known) - transferred),
    dayResult: rounded(day.realised - unseen.realised + view.equity - view.balance + result),
    doubted: isBelieved ? money(0) : fresh,
  };
}

/** Whether the newest answer left a part of the balance without an explanation that it had not lacked before. */
export function isUnexplained(state: AccountState): boolean {
  return (gapOf(state)?.fresh ?? 0) !== 0;
}

/** What no deal explains of the balance and is believed by now, as far as it is of this day. */
export function believedUnexplained(state: AccountState): Money {
  const { fresh } = gapOf(state) ?? {};
  const isBelieved = (state.books?.doubts ?? 0) >= doubtsMax;
  return isBelieved && fresh !== undefined ? fresh : money(0);
}

/** What of the balance no deal explains, however long that is known. */
export function unexplainedOf(state: AccountState): Money {
  const { known, fresh } = gapOf(state) ?? { known: 0, fresh: 0 };
  return money(roundTo(known + fresh, state.money?.currencyDigits ?? 2));
}

/** How many of the newest deals a balance lacks, given the sum of all; undefined where no number of them explains it. */
export function newestLacking(
  {
    balance,
    sum,
    digits,
  }: { readonly balance: number; readonly sum: number; readonly digits: number },
  amounts: readonly number[],
): number | undefined {
  let rest = roundTo(balance - sum, digits);
  for (let count = 0; ; count += 1) {
    if (rest === 0) return count;
    const amount = amounts[amounts.length - 1 - count];
    if (amount === undefined) return undefined;
    rest = roundTo(rest + amount, digits);
  }
}

export function unseenDeal(
  deal: Deal,
  { amount, isToday }: { readonly amount: Money; readonly isToday: boolean },
): UnseenDeal {
  const isTransfer = deal.kind === 'balance';
  return {
    amount,
    realised: isTransfer || !isToday ? money(0) : amount,
    transferred: isTransfer ? amount : money(0),
  };
}

type Gap = {
  /** The sum of what is booked and not in the balance yet. */
  readonly unseen: Pick<UnseenDeal, 'realised' | 'transferred'>;
  /** Unexplained since the day began. */
  readonly known: Money;
  readonly fresh: Money;
};

function gapOf({ day, books, money: seen }: AccountState): Gap | undefined {
  if (!books || !seen) return undefined;
  const { unseen = [], view } = books;
  const { balance: booked, currencyDigits: digits } = seen;
  const since = day?.unexplained ?? money(0);
  const amounts = unseen.map(({ amount }) => amount);
  for (const known of [money(0), since]) {
    const count = newestLacking({ balance: view.balance, sum: booked + known, digits }, amounts);
    if (count !== undefined)
      return { unseen: summed(unseen.slice(unseen.length - count)), known, fresh: money(0) };
  }
  const fresh = money(roundTo(view.balance - booked - since, digits));
  return { unseen: summed([]), known: since, fresh };
}

function summed(deals: readonly UnseenDeal[]): Gap['unseen'] {
  return {
    realised: money(deals.reduce((sum, { realised }) => sum + realised, 0)),
    transferred: money(deals.reduce((sum, { transferred }) => sum + transferred, 0)),
  };
}
