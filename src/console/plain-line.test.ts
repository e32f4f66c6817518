import { describe, expect, test } from 'vitest';
import type { AccountEvent } from '../domain/account-event.ts';
import { accountId, epochMs, money, price } from '../domain/units.ts';
import { plainLine } from './plain-line.ts';

const who = { account: accountId('exness_main'), at: epochMs(Date.UTC(2025, 2, 4, 10, 15)) };
const trade = { symbol: 'BTCUSD', side: 'buy', lots: 0.42 } as const;
const denial = { limit: 'daily-loss', observed: 0.0312345678, allowed: 0.03 };
const trace = 'BTCUSD/M15/1741083300000';

const told: readonly [AccountEvent, string][] = [
  [
    { ...who, type: 'started', epoch: 3, state: 'active', openPositions: 1 },
    'state   exness_main 2025-03-04 10:15 started active, 1 open, epoch 3',
  ],
  [
    {
      ...who,
      type: 'signal',
      trace,
      symbol: 'BTCUSD',
      side: 'sell',
      confidence: 0.5123,
      gap: 0.1,
      votes: 3,
    },
    'signal  exness_main 2025-03-04 10:15 sell BTCUSD confidence 0.512 gap 0.100 votes 3',
  ],
  [
    { ...who, type: 'denied', trace, symbol: 'BTCUSD', denial },
    'denied  exness_main 2025-03-04 10:15 BTCUSD daily-loss: 0.0312346, allowed 0.03',
  ],
  [
    {
      ...who,
      type: 'order',
      orderId: 'abc',
      ...trade,
      stopLoss: price(61_000),
      takeProfit: price(61_500.5),
    },
    'order   exness_main 2025-03-04 10:15 buy 0.42 BTCUSD SL 61000.00 TP 61500.50 id abc',
  ],
  [
    {
      ...who,
      type: 'order-failed',
      orderId: 'abc',
      outcome: 'rejected',
      reason: 'no money\n(10019)',
    },
    'order   exness_main 2025-03-04 10:15 rejected: no money (10019) id abc',
  ],
  [
    { ...who, type: 'fill', ticket: 17, ...trade, entry: price(61_234.5) },
    'fill    exness_main 2025-03-04 10:15 buy 0.42 BTCUSD at 61234.50 ticket 17',
  ],
  [
    {
      ...who,
      type: 'close',
      ticket: 17,
      ...trade,
      exit: price(61_000),
      closeType: 'SL_HIT',
      profit: money(-98.5),
      rMultiple: -1.004,
    },
    'close   exness_main 2025-03-04 10:15 buy 0.42 BTCUSD at 61000.00 SL_HIT profit -98.50 (-1.00 R) ticket 17',
  ],
  [
    { ...who, type: 'equity', balance: money(100_000), equity: money(100_120.4), currency: 'USC' },
    'equity  exness_main 2025-03-04 10:15 100120.40 USC, balance 100000.00 USC',
  ],
  [
    { ...who, type: 'guard-tripped', denial },
    'guard   exness_main 2025-03-04 10:15 tripped daily-loss: 0.0312346, allowed 0.03',
  ],
  [
    { ...who, type: 'guard-cleared', limit: 'daily-loss' },
    'guard   exness_main 2025-03-04 10:15 cleared daily-loss',
  ],
  [
    { ...who, type: 'state-changed', from: 'active', to: 'paused', reason: 'by console' },
    'state   exness_main 2025-03-04 10:15 active -> paused: by console',
  ],
  [
    { ...who, type: 'alert', reason: 'the terminal does not answer' },
    'alert   exness_main 2025-03-04 10:15 the terminal does not answer',
  ],
];

describe('a plain line', () => {
  test.each(told)('of %o', (event, line) => expect(plainLine(event)).toBe(line));
});
