import { epochMs, fraction, money } from '../src/domain/units.ts';
import type { EntryRisk, SignalRisk } from '../src/risk/guards/guard.ts';
import type { GuardPolicy } from '../src/risk/guards/guard-policy.ts';

export const now = 1_736_121_600_000;

/** An entry that respects every limit; only what the configuration always has is on. */
export function anEntry(changes: Partial<EntryRisk> = {}): EntryRisk {
  return {
    at: epochMs(now),
    limits: {
      atrMin: 15,
      dailyLossMax: fraction(0.03),
      consecutiveLossesMax: 7,
      readFailuresMax: 3,
    },
    tradingState: 'active',
    readFailures: 0,
    isRead: true,
    isTradeAllowed: true,
    equity: money(1_000),
    startingBalance: money(1_000),
    dayResult: money(0),
    weekStartEquity: money(1_000),
    consecutiveLosses: 0,
    recentProfits: [],
    orderTimes: [],
    tripped: {},
    symbol: 'BTCUSD',
    atr: 300,
    unresolvedOrders: 0,
    positionsOpen: 0,
    isTradable: true,
    quoteAt: epochMs(now),
    spread: { points: 500, price: 5 },
    signal: aSignal(),
    ...changes,
  };
}

export function aSignal(changes: Partial<SignalRisk> = {}): SignalRisk {
  return {
    side: 'buy',
    barClosedAt: epochMs(now),
    features: {
      adx_14: 0.3,
      price_vs_ema200: 0.01,
      is_london_session: 1,
      is_ny_session: 0,
      is_asian_session: 0,
    },
    trainedTo: epochMs(now - 86_400_000),
    duplicates: 0,
    ...changes,
  };
}

/** The same entry with guards switched on. */
export function guardedBy(guards: GuardPolicy, changes: Partial<EntryRisk> = {}): EntryRisk {
  const entry = anEntry(changes);
  return { ...entry, limits: { ...entry.limits, guards } };
}
