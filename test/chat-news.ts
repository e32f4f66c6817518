/** What an account has to say to its chat. */
import type { AccountEvent } from '../src/domain/account-event.ts';
import type { AccountSnapshot } from '../src/domain/account-snapshot.ts';
import { type AccountId, epochMs, money, price } from '../src/domain/units.ts';

export const nowMs = Date.UTC(2025, 2, 4, 10, 15);

export const at = (account: AccountId) => ({ account, at: epochMs(nowMs) });

export function anAlert(account: AccountId, reason: string): AccountEvent {
  return { ...at(account), type: 'alert', reason };
}

export function aClose(account: AccountId): AccountEvent {
  return {
    ...at(account),
    type: 'close',
    ticket: 17,
    symbol: 'BTCUSD',
    side: 'buy',
    lots: 0.42,
    exit: price(61_000),
    closeType: 'SL_HIT',
    profit: money(-98.5),
    rMultiple: -1.001,
  };
}

export function aSnapshot(account: AccountId): AccountSnapshot {
  const denial = { limit: 'daily-loss', observed: 0.031, allowed: 0.03 };
  return {
    id: account,
    at: epochMs(nowMs),
    epoch: 1,
    currency: 'USC',
    state: 'paused',
    stateReason: 'by console',
    startingBalance: money(100_000),
    balance: money(100_000),
    equity: money(100_120.4),
    dayResult: money(120.4),
    positions: [
      {
        ticket: 17,
        symbol: 'BTCUSD',
        side: 'buy',
        lots: 0.42,
        entry: price(61_234.5),
        stopLoss: price(61_000),
        takeProfit: price(61_500),
        profit: money(120.4),
        isOwned: true,
      },
    ],
    decision: {
      trace: 'BTCUSD/M15/1',
      at: epochMs(nowMs),
      verdict: 'denied',
      side: 'buy',
      confidence: 0.512,
      gap: 0.1,
      denial: { limit: 'atr-floor', observed: 12, allowed: 15 },
    },
    isSettled: true,
    blockedBy: [denial],
    counts: { predictions: 1, entered: 0, held: 0, denied: 1, closed: 0 },
  };
}
