import { describe, expect, test } from 'vitest';
import { account } from '../../../test/account-world.ts';
import { type AccountState, type Books, initialState } from '../../account/account-state.ts';
import { epochMs, money } from '../../domain/units.ts';
import { isDoubted, restoredBooks } from './restored-books.ts';

const symbol = 'BTCUSD';

/** An account whose deals come to `booked`, the newest of them `unseen`, and whose broker said `read`. */
function seen(booked: number, read: number, unseen: readonly number[] = []) {
  const cents = { currency: 'USD', currencyDigits: 2 };
  const books: Books = {
    at: epochMs(0),
    view: {
      ...{ login: 1, server: 'x', ...cents, leverage: 100, isHedging: true, isTradeAllowed: true },
      ...{ balance: money(read), equity: money(read), margin: money(0), freeMargin: money(read) },
    },
    ...{ positions: [], quotes: {} },
    unseen: unseen.map((amount) => ({
      ...{ amount: money(amount), realised: money(amount), transferred: money(0) },
    })),
  };
  const state: AccountState = {
    ...initialState(account),
    money: { ...cents, startingBalance: money(0), balance: money(booked), seenAt: epochMs(0) },
    day: { index: 0, realised: money(0) },
    books,
  };
  return { balance: restoredBooks(state, books, { symbol, magic: 7 }).balance, state };
}

describe('the balance that a broker is restored with', () => {
  test.each([
    ['was read', seen(1_000, 1_000), 1_000],
    ['was read, and has the deals since', seen(990, 990, [-10]), 990],
    ['was read, and lacks the deals since', seen(990, 1_000, [-10]), 990],
    ['was read, and lacks the newest of them', seen(985, 990, [-10, -5]), 985],
  ])('is what %s', (_what, { balance, state }, expected) => {
    expect(balance).toBe(expected);
    expect(isDoubted(state)).toBe(false);
  });

  test('is what was read where no deal explains it', () => {
    const { balance, state } = seen(1_000, 990);
    expect(balance).toBe(990);
    expect(isDoubted(state)).toBe(true);
  });
});
