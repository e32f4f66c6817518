import { describe, expect, test } from 'vitest';
import { anEntry, aSignal, now } from '../../../test/entry-risk.ts';
import { epochMs, fraction, type Money, money } from '../../domain/units.ts';
import type { EntryRisk } from './guard.ts';
import { assessAccount, assessEntry } from './guards.ts';

/** `key` is not known. */
function without(key: keyof EntryRisk): EntryRisk {
  const { [key]: _, ...rest } = anEntry();
  return rest as EntryRisk;
}

describe('the guards', () => {
  test('let an entry pass that respects every limit', () => {
    expect(assessEntry(anEntry())).toEqual([]);
  });

  test.each([
    ['trading-state', { tradingState: 'reducing' }, 1, 0],
    ['trading-state', { tradingState: 'paused' }, 2, 0],
    ['trading-state', { tradingState: 'halted' }, 3, 0],
    ['terminal-failover', { readFailures: 3 }, 3, 2],
    ['broker-unread', { readFailures: 1 }, 1, 0],
    ['broker-unread', { isRead: false }, 1, 0],
    ['balance-unexplained', { balanceDoubted: money(-0.18) }, 0.18, 0],
    ['balance-unexplained', { balanceDoubted: money(500) }, 500, 0],
    ['daily-loss', { dayResult: money(-30) }, 0.03, 0.03],
    ['daily-loss', { dayResult: money(-1), equity: money(0) }, 1, 0.03],
    ['daily-loss', { dayResult: Number.NaN as Money }, 1, 0.03],
    ['circuit-breaker', { consecutiveLosses: 7 }, 7, 6],
    ['unresolved-order', { unresolvedOrders: 1 }, 1, 0],
    ['atr-floor', { atr: 14.99 }, 14.99, 15],
    ['position-open', { positionsOpen: 2 }, 2, 0],
    ['quote-stale', { quoteAt: epochMs(now - 120_001) }, 120_001, 120_000],
    ['trade-disabled', { isTradeAllowed: false }, 0, 1],
    ['trade-disabled', { isTradable: false }, 0, 1],
    ['clock-skew', { quoteAt: epochMs(now + 120_001) }, 120_001, 120_000],
    ['duplicate-order', { signal: aSignal({ duplicates: 1 }) }, 1, 0],
  ] as const)(
    'deny %s with what was seen and what is allowed',
    (limit, seen, observed, allowed) => {
      expect(assessEntry(anEntry(seen))[0]).toEqual({ limit, observed, allowed });
    },
  );

  test.each([
    ['at the ATR floor', { atr: 15 }],
    ['just under the loss of the day', { dayResult: money(-29.99) }],
    ['one loss before the breaker', { consecutiveLosses: 6 }],
    ['at the age limit of a quote', { quoteAt: epochMs(now - 120_000) }],
    ['when the quote is newer than the bar', { quoteAt: epochMs(now + 120_000) }],
    ['that is sent again', { signal: 'passed' }],
  ] as const)('let an entry pass %s', (_, seen) => {
    expect(assessEntry(anEntry(seen))).toEqual([]);
  });

  test.each([
    ['equity', 'daily-loss'],
    ['dayResult', 'daily-loss'],
    ['quoteAt', 'quote-stale'],
    ['isTradable', 'trade-disabled'],
    ['isTradeAllowed', 'trade-disabled'],
  ] as const)('deny when %s is not known', (key, limit) => {
    expect(assessEntry(without(key)).map((denial) => denial.limit)).toEqual([limit]);
  });

  test('deny an ATR that is no number', () => {
    expect(assessEntry(anEntry({ atr: Number.NaN }))[0]?.limit).toBe('atr-floor');
  });

  test.each(['shutdown', 'removed'] as const)(
    'deny every entry once entries stopped: %s',
    (why) => {
      const entry = anEntry();
      const stopped = { ...entry, limits: { ...entry.limits, entriesStopped: why } };
      expect(assessEntry(stopped)).toEqual([{ limit: 'stopping', observed: 1, allowed: 0 }]);
    },
  );

  test.each([{ isRead: false }, { readFailures: 1 }, { readFailures: 4 }])(
    'know nothing of the market while the broker is unread, and deny: %o',
    (seen) => {
      const denials = assessEntry(anEntry({ ...seen, quoteAt: epochMs(0), isTradable: false }));
      const limits = denials.map(({ limit }) => limit);
      expect(limits).toContain('broker-unread');
      expect(limits).not.toContain('quote-stale');
      expect(limits).not.toContain('trade-disabled');
      expect(limits[0]).toBe(seen.readFailures === 4 ? 'terminal-failover' : 'broker-unread');
    },
  );

  test('keep a loss of the day that has tripped, though the equity recovered', () => {
    const denial = { limit: 'daily-loss', observed: 0.034, allowed: 0.03 };
    expect(assessEntry(anEntry({ tripped: { 'daily-loss': denial } }))).toEqual([denial]);
  });

  test.each([
    ['the loss of the day', { dailyLossMax: fraction(0) }, { dayResult: money(-900) }],
    ['the circuit breaker', { consecutiveLossesMax: 0 }, { consecutiveLosses: 90 }],
  ])('can be switched off: %s', (_, limits, seen) => {
    const entry = anEntry(seen);
    expect(assessEntry({ ...entry, limits: { ...entry.limits, ...limits } })).toEqual([]);
  });

  test('name every reason: the market, the account, the entry', () => {
    const worst = anEntry({
      limits: { ...anEntry().limits, entriesStopped: 'shutdown' },
      tradingState: 'paused',
      dayResult: money(-500),
      consecutiveLosses: 9,
      unresolvedOrders: 1,
      atr: 1,
      positionsOpen: 1,
      quoteAt: epochMs(0),
      isTradable: false,
      signal: aSignal({ duplicates: 1 }),
    });
    const account = ['daily-loss', 'circuit-breaker', 'trading-state'];
    expect(assessEntry(worst).map(({ limit }) => limit)).toEqual([
      ...['stopping', 'quote-stale', 'trade-disabled'],
      ...account,
      ...['atr-floor', 'unresolved-order', 'position-open', 'duplicate-order'],
    ]);
    expect(assessAccount(worst).map(({ limit }) => limit)).toEqual(['stopping', ...account]);
  });
});
