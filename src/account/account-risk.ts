import { money, roundTo } from '../domain/units.ts';
import type { AccountRisk, EntryRisk } from '../risk/guards/guard.ts';
import type { AccountState } from './account-state.ts';
import type { AccountPolicy } from './policy.ts';

/** Realised since local midnight, and floating; undefined while it cannot be known. */
export function dayResultOf({ day, books }: AccountState): AccountRisk['dayResult'] {
  if (!day || !books) return undefined;
  const { equity, balance, currencyDigits } = books.view;
  return money(roundTo(day.realised + equity - balance, currencyDigits));
}

/** The account as its guards see it. */
export function accountRisk(state: AccountState, policy: AccountPolicy): AccountRisk {
  const { books } = state;
  const dayResult = dayResultOf(state);
  return {
    at: state.at,
    limits: policy,
    tradingState: state.trading.state,
    readFailures: state.readFailures,
    isRead: state.isRead,
    ...(books && { isTradeAllowed: books.view.isTradeAllowed, equity: books.view.equity }),
    ...(dayResult !== undefined && { dayResult }),
    consecutiveLosses: state.consecutiveLosses,
    tripped: state.tripped,
  };
}

/** An entry as its guards see it. `exceptTradeId`: the trade that wants to be sent again does not block itself. */
export function entryRisk(
  state: AccountState,
  policy: AccountPolicy,
  entry: {
    readonly symbol: string;
    readonly atr: number;
    readonly exceptTradeId?: string;
  },
): EntryRisk {
  const { symbol, atr, exceptTradeId } = entry;
  const quote = state.books?.quotes[symbol];
  const instrument = state.instruments[symbol];
  return {
    ...accountRisk(state, policy),
    symbol,
    atr,
    unresolvedOrders: Object.values(state.orders).filter(
      ({ intent: { order } }) => order.symbol === symbol && order.tradeId !== exceptTradeId,
    ).length,
    positionsOpen: ticketsOf(state, symbol).length,
    ...(quote && { quoteAt: quote.at }),
    ...(instrument && { isTradable: instrument.isTradable }),
  };
}

/** Open positions of a symbol: those that the broker lists, foreign ones included, and those that we still track. */
function ticketsOf(state: AccountState, symbol: string): readonly number[] {
  const listed = state.books?.positions ?? [];
  const open = [...listed, ...Object.values(state.positions)];
  return [...new Set(open.filter((each) => each.symbol === symbol).map(({ ticket }) => ticket))];
}
