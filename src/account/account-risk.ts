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
  const risk: InTheMaking<AccountRisk> = {
    at,
    limits: policy,
    tradingState: stricterState(state.trading.state, policy.fleetState ?? 'active'),
    readFailures: state.readFailures,
    isRead: state.isRead,
    consecutiveLosses: state.consecutiveLosses,
    recentProfits: memory.recentProfits,
    orderTimes: memory.orderTimes,
    tripped: state.tripped,
  };
  if (books) risk.isTradeAllowed = books.view.isTradeAllowed;
  if (seenAtOnce) {
    risk.equity = seenAtOnce.equity;
    risk.dayResult = seenAtOnce.dayResult;
    risk.balanceDoubted = seenAtOnce.doubted;
  }
  if (seen) risk.startingBalance = seen.startingBalance;
  if (memory.week && isThisWeek) risk.weekStartEquity = memory.week.startEquity;
  if (memory.equityCurve) risk.closedSinceEquityCurve = counts.closed - memory.equityCurve.closed;
  return risk;
}

/** Filled in by whoever makes it: this is done at every bar, and spreading what may be absent takes ten times as long. */
type InTheMaking<Risk> = { -readonly [Key in keyof Risk]: Risk[Key] };

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
  const risk: InTheMaking<EntryRisk> = {
    ...accountRisk(state, policy, at),
    symbol,
    atr,
    unresolvedOrders: Object.values(state.orders).filter(
      ({ intent: { order } }) =>
        order.symbol === symbol && (signal !== 'passed' || order.tradeId !== tradeId),
    ).length,
    positionsOpen: ticketsOf(state, symbol).length,
    signal: signal === 'passed' ? signal : { ...signal, duplicates: duplicatesOf(state, tradeId) },
  };
  if (quote) risk.quoteAt = quote.at;
  if (instrument) risk.isTradable = instrument.isTradable;
  if (spread) risk.spread = spread;
  return risk;
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
