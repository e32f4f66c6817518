import { describe, expect, test } from 'vitest';
import type { AccountEvent } from '../domain/account-event.ts';
import { accountId, epochMs, money, price } from '../domain/units.ts';
import { alertText } from './alert-text.ts';

const who = { account: accountId('main'), at: epochMs(0) };
const denial = { limit: 'daily-loss', observed: 0.031, allowed: 0.03 };

const told: readonly [AccountEvent, string][] = [
  [
    { ...who, type: 'started', epoch: 1, state: 'active', openPositions: 0 },
    'main started: active, 0 open positions',
  ],
  [
    { ...who, type: 'started', epoch: 4, state: 'reducing', openPositions: 1 },
    'main started again (epoch 4): reducing, 1 open position',
  ],
  [
    {
      ...who,
      type: 'fill',
      ticket: 3,
      symbol: 'EURUSD',
      side: 'sell',
      lots: 0.1,
      entry: price(1.08535),
    },
    'main opened sell 0.1 lots EURUSD at 1.08535 (ticket 3)',
  ],
  [
    {
      ...who,
      type: 'close',
      ticket: 3,
      symbol: 'EURUSD',
      side: 'sell',
      lots: 0.1,
      exit: price(1.08),
      closeType: 'TP_HIT',
      profit: money(53.5),
      rMultiple: 1,
    },
    'main closed sell 0.1 lots EURUSD at 1.08, TP_HIT: +53.50 USD, +1.00 R (ticket 3)',
  ],
  [
    { ...who, type: 'guard-tripped', denial },
    'main guard tripped, entries are blocked: daily-loss 0.031, allowed 0.03',
  ],
  [{ ...who, type: 'guard-cleared', limit: 'daily-loss' }, 'main guard cleared: daily-loss'],
  [
    { ...who, type: 'state-changed', from: 'active', to: 'paused', reason: 'by console' },
    'main is paused now, was active: by console',
  ],
  [{ ...who, type: 'alert', reason: 'quarantined' }, 'main ALERT: quarantined'],
];

const untold: readonly AccountEvent[] = [
  {
    ...who,
    type: 'signal',
    trace: 't',
    symbol: 'BTCUSD',
    side: 'buy',
    confidence: 0.5,
    gap: 0.1,
    votes: 2,
  },
  { ...who, type: 'denied', trace: 't', symbol: 'BTCUSD', denial },
  { ...who, type: 'equity', balance: money(1), equity: money(1), currency: 'USD' },
];

describe('the chat of an account', () => {
  test.each(told)('is told %o', (event, text) => expect(alertText(event, 'USD')).toBe(text));

  test.each(untold)('is not told of $type', (event) => expect(alertText(event)).toBeUndefined());
});
