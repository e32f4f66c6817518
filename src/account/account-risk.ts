import type { Instrument } from '../domain/instrument.ts';
import type { Quote } from '../domain/quote.ts';
import { type EpochMs, epochMs, roundTo } from '../domain/units.ts';
import type { AccountRisk, EntryRisk, SignalRisk } from '../risk/guards/guard.ts';
import { stricterState } from '../risk/guards/trading-state.ts';
import type { AccountState } from './account-state.ts';
import { coherentMoney } from './coherent-money.ts';
import type { InTheMaking } from './in-the-making.ts';
import { weekOf } from './local-day.ts';
import type { AccountPolicy } from './policy.ts';

/** The account as its guards see it. */
export function accountRisk(
  state: AccountState,
  policy: AccountPolicy,
  now: EpochMs = state.at,
): AccountRisk {
  const { books, money: seen, counts } = state;
  const { week, equityCurve, recentProfits, orderTimes } = state.memory;
  const at = epochMs(Math.max(now, state.at));
  const seenAtOnce = coherentMoney(state);
  const risk: InTheMaking<AccountRisk> = {
    at,
    limits: policy,
    tradingState: stricterState(state.trading.state, policy.fleetState ?? 'active'),
    readFailures: state.readFailures,
    isRead: state.isRead,
    consecutiveLosses: state.consecutiveLosses,
    recentProfits,
    orderTimes,
    tripped: state.tripped,
  };
  if (books) risk.isTradeAllowed = books.view.isTradeAllowed;
  if (seenAtOnce) {
    risk.equity = seenAtOnce.equity;
    risk.dayResult = seenAtOnce.dayResult;
    risk.balanceDoubted = seenAtOnce.doubted;
  }
  if (seen) risk.startingBalance = seen.startingBalance;
  if (week && week.index === weekOf(at, policy)) risk.weekStartEquity = week.startEquity;
  if (equityCurve) risk.closedSinceEquityCurve = counts.closed - equityCurve.closed;
  return risk;
}

/** An entry as its guards see it, at a moment of market time. */
export function entryRisk(
  state: AccountState,
  policy: AccountPolicy,
  entry: {
    readonly at: EpochMs;
    readonly symbol: string;
    readonly atr: number;
    readonly tradeId: string;
    /** `passed`: the trade wants to be sent again, and does not block itself. */
    readonly signal: SignalRisk | 'passed';
  },
): EntryRisk {
  const { at, symbol, atr, tradeId, signal } = entry;
  const quote = state.books?.quotes[symbol];
  const instrument = state.instruments[symbol];
  const spread = quote && instrument && spreadOf(quote, instrument);
  const risk: InTheMaking<EntryRisk> = Object.assign(accountRisk(state, policy, at), {
    symbol,
    atr,
    unresolvedOrders: unresolvedOrders(state, symbol, signal === 'passed' ? tradeId : undefined),
    positionsOpen: positionsOpen(state, symbol),
    signal,
  });
  if (quote) risk.quoteAt = quote.at;
  if (instrument) risk.isTradable = instrument.isTradable;
  if (spread) risk.spread = spread;
  return risk;
}

function spreadOf({ ask, bid }: Quote, { point }: Instrument): NonNullable<EntryRisk['spread']> {
  const distance = roundTo(ask - bid, 8);
  return { points: roundTo(distance / point, 4), price: distance };
}

/** Orders of a symbol under way, but for those of a trade that wants to be sent again. */
function unresolvedOrders(
  { orders }: AccountState,
  symbol: string,
  tradeSentAgain: string | undefined,
): number {
  let count = 0;
  for (const id in orders) {
    const order = orders[id]?.intent.order;
    if (order?.symbol === symbol && order.tradeId !== tradeSentAgain) count += 1;
  }
  return count;
}

/** Orders and positions that have the identity of a trade. */
export function duplicatesOf(
  { orders, watched, positions }: AccountState,
  tradeId: string,
): number {
  let count = 0;
  for (const id in orders) if (orders[id]?.intent.order.tradeId === tradeId) count += 1;
  for (const { order } of watched) if (order.tradeId === tradeId) count += 1;
  for (const ticket in positions) if (positions[ticket]?.tradeId === tradeId) count += 1;
  return count;
}

/** Open positions of a symbol: those that the broker lists, foreign ones included, and those that we still track. */
function positionsOpen({ books, positions }: AccountState, symbol: string): number {
  const tickets = new Set<number>();
  for (const each of books?.positions ?? []) if (each.symbol === symbol) tickets.add(each.ticket);
  for (const key in positions) {
    const position = positions[key];
    if (position?.symbol === symbol) tickets.add(position.ticket);
  }
  return tickets.size;
}
