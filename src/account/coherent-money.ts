/** What the guards measure: one moment of the account, though balance and deals are read one after the other. */
import { ownEquity } from '../domain/account.ts';
import type { Deal } from '../domain/deal.ts';
import { type Money, money, roundTo } from '../domain/units.ts';
import type { AccountState, Books } from './account-state.ts';

/** A deal that was booked since the broker's balance was read; that balance may lack it. */
export type UnseenDeal = {
  readonly amount: Money;
  /** The part of it that counts as the day's result. */
  readonly realised: Money;
  /** The part of it that is a deposit (above 0) or a withdrawal. */
  readonly transferred: Money;
};

/** What has stood for so many answers in a row without an explanation is believed. */
const answersToBelieve = 3;

/** The account at the moment at which its balance and its equity were read. */
type CoherentMoney = {
  /** Our own, without credit. Comparable with where account and week began: it has the transfers that moved these, and no other. */
  readonly equity: Money;
  /** Realised since local midnight, and floating; what came before a transfer is scaled with it. */
  readonly dayResult: Money;
  /** The part of the balance that no deal explains yet; 0 once it is explained, or believed. */
  readonly doubted: Money;
};

/**
 * Balance and equity are of one moment, the deals of a later one: what was booked since is taken out again where that
 * explains the balance. What stays unexplained is a result or a transfer whose deal is not listed yet. While it is
 * doubted it counts as whichever leaves the account better off, so that no guard latches on what may be no loss; the
 * part of it that has stood for three answers in a row counts as whichever leaves it worse off.
 */
export function coherentMoney(state: AccountState): CoherentMoney | undefined {
  const { day, books, money: booked } = state;
  const gap = gapOf(state);
  if (!day || !books || !gap) return undefined;
  const { view } = books;
  const { unseen, known, believed, fresh } = gap;
  const rounded = (amount: number) => money(roundTo(amount, view.currencyDigits));
  const transferred = Math.max(0, known) + Math.max(0, believed) + Math.min(0, fresh);
  const result = Math.min(0, believed) + Math.max(0, fresh);
  const own = ownEquity(view);
  const unsettled = booked?.transferred ?? 0;
  const realised = day.realised + (day.scaled ?? 0) - unseen.realised;
  return {
    equity: rounded(own + unseen.transferred - unsettled - transferred),
    dayResult: rounded(realised + own - view.balance + result),
    doubted: fresh,
  };
}

/** For the books of the next answer: what no deal explains of the balances up to now. */
export function doubtsOf(state: AccountState): Books['doubts'] {
  const gap = gapOf(state) ?? explained;
  if (gap === explained) return undefined;
  const remainder = sum(state, gap.believed, gap.fresh);
  if (remainder === 0) return undefined;
  return [...(state.books?.doubts ?? []), remainder].slice(-answersToBelieve);
}

/** What no deal explains of the balance and is believed by now, as far as it is of this day. */
export function believedUnexplained(state: AccountState): Money {
  return gapOf(state)?.believed ?? money(0);
}

/** Day and books once another day has begun: what was believed is of the day before, what is doubted goes on to be. */
export function moneyOfNewDay(
  state: AccountState,
  index: number,
): Pick<AccountState, 'day' | 'books'> {
  const { books } = state;
  const { known, believed } = gapOf(state) ?? { known: 0, believed: 0 };
  const unexplained = sum(state, known, believed);
  const day = { index, realised: money(0), ...(unexplained !== 0 && { unexplained }) };
  if (!books) return { day };
  const doubts = books.doubts?.map((remainder) => sum(state, remainder, -believed));
  const unseen = books.unseen?.map((deal) => ({ ...deal, realised: money(0) }));
  return { day, books: { ...books, ...(doubts && { doubts }), ...(unseen && { unseen }) } };
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
  /** Unexplained since then, in this answer and in those before it. */
  readonly believed: Money;
  /** The rest that is unexplained. */
  readonly fresh: Money;
};

const nothing = money(0);
/** The balance is what is booked. */
const explained: Gap = {
  unseen: { realised: nothing, transferred: nothing },
  known: nothing,
  believed: nothing,
  fresh: nothing,
};

function gapOf(state: AccountState): Gap | undefined {
  const { day, books, money: seen } = state;
  if (!books || !seen) return undefined;
  const { balance } = books.view;
  const { balance: booked, currencyDigits: digits } = seen;
  if (roundTo(balance - booked, digits) === 0) return explained;
  const { unseen = [], doubts = [] } = books;
  const amounts = unseen.map(({ amount }) => amount);
  const explainedBy = (known: Money, believed: Money): Gap | undefined => {
    const count = newestLacking({ balance, sum: booked + known + believed, digits }, amounts);
    if (count === undefined) return undefined;
    return { unseen: summed(unseen.slice(unseen.length - count)), known, believed, fresh: nothing };
  };
  const since = day?.unexplained ?? nothing;
  const explanation =
    explainedBy(nothing, nothing) ??
    explainedBy(since, nothing) ??
    explainedBy(since, standing(doubts));
  if (explanation) return explanation;
  const remainder = sum(state, balance, -booked, -since);
  const believed = standing([...doubts, remainder]);
  return { unseen: summed([]), known: since, believed, fresh: sum(state, remainder, -believed) };
}

/** The part that the newest answers have in common; 0 where one of them lacks it, or where they are too few. */
function standing(remainders: readonly Money[]): Money {
  const newest = remainders.slice(-answersToBelieve);
  if (newest.length < answersToBelieve) return money(0);
  const [least, most] = [Math.min(...newest), Math.max(...newest)];
  return money(least > 0 ? least : Math.min(0, most));
}

function sum({ money: seen }: AccountState, ...amounts: readonly number[]): Money {
  const total = amounts.reduce((so, amount) => so + amount, 0);
  return money(roundTo(total, seen?.currencyDigits ?? 2));
}

function summed(deals: readonly UnseenDeal[]): Gap['unseen'] {
  return {
    realised: money(deals.reduce((total, { realised }) => total + realised, 0)),
    transferred: money(deals.reduce((total, { transferred }) => total + transferred, 0)),
  };
}
