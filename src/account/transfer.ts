import { type Money, money, roundTo } from '../domain/units.ts';
import { hardHaltLimit } from '../risk/guards/hard-halt.ts';
import type { AccountState } from './account-state.ts';
import { coherentMoney } from './coherent-money.ts';

/** Finer than any currency: a start that shrinks with a withdrawal keeps its share of the equity. */
const startDigits = 8;

/**
 * A deposit or a withdrawal moves where account, week and day began in proportion to the equity, as the units of a fund
 * do: the share that was lost is the same before and after it. Moved by the amount instead, a withdrawal of profits
 * would leave a start of nothing or less, which no guard can measure by, and a deposit would thin out a loss.
 *
 * Two cases go by the amount. An account without equity begins anew with what it is given; and more money on a halted
 * account counts against its loss, because it is how a person leads it out.
 *
 * It is done at the first answer whose balance is explained; until then the guards see the equity without the transfer.
 */
export function settleTransfers(state: AccountState): AccountState {
  const { money: seen, day, memory, tripped } = state;
  const amount = seen?.transferred ?? 0;
  const now = amount === 0 ? undefined : coherentMoney(state);
  if (!seen || !now || !day || now.doubted !== 0) return state;
  const { transferred: _, ...settled } = seen;
  const ratio = now.equity > 0 ? Math.max(0, 1 + amount / now.equity) : undefined;
  const moved = (start: Money) =>
    money(roundTo(ratio === undefined ? start + amount : start * ratio, startDigits));
  const isLedOut = tripped[hardHaltLimit] !== undefined && amount > 0;
  const start = seen.startingBalance;
  const startingBalance = isLedOut ? money(roundTo(start + amount, startDigits)) : moved(start);
  const scaled = (day.scaled ?? 0) + (ratio === undefined ? 0 : now.dayResult * (ratio - 1));
  const week = memory.week && { ...memory.week, startEquity: moved(memory.week.startEquity) };
  return {
    ...state,
    money: { ...settled, startingBalance },
    day: { ...day, ...(scaled !== 0 && { scaled: money(roundTo(scaled, startDigits)) }) },
    ...(week && { memory: { ...memory, week } }),
  };
}
