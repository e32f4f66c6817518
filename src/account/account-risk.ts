import type { Instrument } from '../domain/instrument.ts';
import type { Quote } from '../domain/quote.ts';
import { type EpochMs, epochMs, roundTo } from '../domain/units.ts';
import type { AccountRisk, EntryRisk, SignalRisk } from '../risk/guards/guard.ts';
import { stricterState } from '../risk/guards/trading-state.ts';
import type { AccountState } from './account-state.ts';
import { coherentMoney } from './coherent-money.ts';
import { weekOf } from './local-day.ts';
import type { AccountPolicy } from './policy.ts';

/** The account as its guards see it. */
export function accountRisk(
  state: AccountState,
  policy: AccountPolicy,
  now: EpochMs = state.at,
): AccountRisk {
  const { books, money: seen, memory, counts } = state;
  const at = epochMs(Math.max(now, state.at));
  const seenAtOnce = coherentMoney(state);
  const isThisWeek = memory.week?.index === weekOf(at, policy);
  return {
    at,
    limits: policy,
    tradingState: stricterState(state.trading.state, policy.fleetState ?? 'active'),
    readFailures: state.readFailures,
    isRead: state.isRead,
    ...(books && { isTradeAllowed: books.view.isTradeAllowed }),
    ...(seenAtOnce && {
      equity: seenAtOnce.equity,
      dayResult: seenAtOnce.dayResult,
      balanceDoubted: seenAtOnce.doubted,
    }),
    ...(seen && { startingBalance: seen.startingBalance }),
    ...(memory.week && isThisWeek && { weekStartEquity: memory.week.startEquity }),
    consecutiveLosses: state.consecutiveLosses,
    recentProfits: memory.recentProfits,
    ...(memory.equityCurve && {
      closedSinceEquityCurve: counts.closed - memory.equityCurve.closed,
    }),
    orderTimes: memory.orderTimes,
    tripped: state.tripped,
  };
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
    readonly signal: Omit<SignalRisk, 'duplicates'> | 'passed';
  },
): EntryRisk {
  const { at, symbol, atr, tradeId, signal } = entry;
  const quote = state.books?.quotes[symbol];
  const instrument = state.instruments[symbol];
  const spread = quote && instrument && spreadOf(quote, instrument);
  return {
    ...accountRisk(state, policy, at),
    symbol,
    atr,
    unresolvedOrders: Object.values(state.orders).filter(
      ({ intent: { order } }) =>
        order.symbol === symbol && (signal !== 'passed' || order.tradeId !== tradeId),
    ).length,
    positionsOpen: ticketsOf(state, symbol).length,
    ...(quote && { quoteAt: quote.at }),
    ...(instrument && { isTradable: instrument.isTradable }),
    ...(spread && { spread }),
    signal: signal === 'passed' ? signal : { ...signal, duplicates: duplicatesOf(state, tradeId) },
  };
}

function spreadOf({ ask, bid }: Quote, { point }: Instrument): NonNullable<EntryRisk['spread']> {
  const distance = roundTo(ask - bid, 8);
  return { points: roundTo(distance / point, 4), price: distance };
}

function duplicatesOf({ orders, watched, positions }: AccountState, tradeId: string): number {
  const intents = [...Object.values(orders).map(({ intent }) => intent), ...watched];
  return [...intents.map(({ order }) => order), ...Object.values(positions)].filter(
    (each) => each.tradeId === tradeId,
  ).length;
}

/** Open positions of a symbol: those that the broker lists, foreign ones included, and those that we still track. */
function ticketsOf(state: AccountState, symbol: string): readonly number[] {
  const listed = state.books?.positions ?? [];
  const open = [...listed, ...Object.values(state.positions)];
  return [...new Set(open.filter((each) => each.symbol === symbol).map(({ ticket }) => ticket))];
}
