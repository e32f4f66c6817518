import { expect, test } from 'vitest';
import { account, aPolicy } from '../../test/account-world.ts';
import { epochMs, money } from '../domain/units.ts';
import { type AccountState, initialState } from './account-state.ts';
import { copyOf, withField } from './state-copy.ts';

/** Every field that a state may have: the compiler asks for those that are new. */
const whole: Required<AccountState> = {
  ...initialState(account),
  policy: aPolicy(),
  policyWaiting: aPolicy(),
  cancelling: { status: 'sending', attempts: 1, at: epochMs(1) },
  books: {
    at: epochMs(1),
    view: {
      login: 1,
      currency: 'USD',
      currencyDigits: 2,
      leverage: 100,
      isHedging: true,
      isTradeAllowed: true,
      balance: money(1_000),
      equity: money(1_000),
      margin: money(0),
      freeMargin: money(1_000),
    },
    positions: [],
    quotes: {},
  },
  money: {
    currency: 'USD',
    currencyDigits: 2,
    startingBalance: money(1_000),
    balance: money(1_000),
    seenAt: epochMs(1),
  },
  day: { index: 1, realised: money(0) },
  momenta: { BTCUSD: { decay: 0, trend: 0 } },
  decision: { trace: 'BTCUSD/M15/0', at: epochMs(1), verdict: 'held', confidence: 0, gap: 0 },
};

test.each(Object.keys(whole) as (keyof AccountState)[])('a copy has its %s', (field) => {
  expect(copyOf(whole)[field]).toBe(whole[field]);
});

test('a copy has no field that was absent', () => {
  expect(Object.keys(copyOf(initialState(account)))).toEqual(Object.keys(initialState(account)));
});

test('changing a field leaves the state as it was', () => {
  const before = { ...whole };
  expect(withField(whole, 'epoch', 7)).toEqual({ ...whole, epoch: 7 });
  expect(whole).toEqual(before);
});
