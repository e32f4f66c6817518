import { describe, expect, test } from 'vitest';
import type { AccountFact } from '../../src/account/account-fact.ts';
import type { AccountView } from '../../src/domain/account.ts';
import type { Deal } from '../../src/domain/deal.ts';
import type { BrokerPosition } from '../../src/domain/position.ts';
import { epochMs, type Money, price, steps } from '../../src/domain/units.ts';
import { audit, type Books } from './crash-audit.ts';

type Trade = Extract<Deal, { kind: 'trade' }>;

const at = epochMs(1_708_301_700_000);
const view = { balance: 10_000 as Money } as AccountView;

function trade(entry: 'in' | 'out', positionTicket: number, changes: Partial<Trade> = {}): Trade {
  const none = 0 as Money;
  return {
    ...{ kind: 'trade', ticket: 1, positionTicket, at, entry, symbol: 'BTCUSD', side: 'buy' },
    ...{ volume: steps(56), price: price(53_384.51), profit: none, swap: none, commission: none },
    ...{ reason: 'expert', comment: entry === 'in' ? 'order-1' : '', isOwned: true },
    ...changes,
  };
}

function position(ticket: number, stopLoss?: number): BrokerPosition {
  return {
    ...{ ticket, symbol: 'BTCUSD', side: 'buy', volume: steps(56), entry: price(53_384.51) },
    ...{ openedAt: at, profit: 0 as Money, swap: 0 as Money, comment: 'order-1', isOwned: true },
    ...(stopLoss !== undefined && { stopLoss: price(stopLoss) }),
  };
}

/** Two orders of one trade: the first was thought absent. */
const twoAttempts = [
  intended('order-1', 1),
  { type: 'order-unresolved', at, orderId: 'order-1', reason: 'no answer', ioAt: at },
  { type: 'order-absent', at, orderId: 'order-1' },
  intended('order-2', 2),
] as const satisfies readonly AccountFact[];

function intended(id: string, attempt: number): AccountFact {
  const intent = { order: { id, tradeId: 'trade-1' }, attempt };
  return { type: 'order-intended', at, intent } as AccountFact;
}

function books(deals: readonly Deal[], positions: readonly BrokerPosition[] = []): Books {
  return { view, positions, deals };
}

describe('the audit after a crash', () => {
  const half = trade('out', 7, { volume: steps(28) });

  test.each([
    ['one entry', [trade('in', 7)], 0],
    ['two entries of one order', [trade('in', 7), trade('in', 8)], 1],
    ['an entry of each attempt', [trade('in', 7), trade('in', 8, { comment: 'order-2' })], 1],
    ['a close', [trade('in', 7), trade('out', 7)], 0],
    ['a close in two parts', [trade('in', 7), half, half], 0],
    ['two closes', [trade('in', 7), trade('out', 7), trade('out', 7)], 1],
    ['a close of nothing', [trade('in', 7), trade('out', 8)], 1],
  ])('counts the duplicates of %s', (_, deals, duplicates) => {
    expect(audit(twoAttempts, books(deals)).duplicates).toBe(duplicates);
  });

  test('counts positions without a stop', () => {
    expect(audit([], books([], [position(7), position(8, 53_000)])).naked).toBe(1);
  });

  test('misses the intent of an entry that no journal explains', () => {
    expect(audit([], books([trade('in', 7)])).problems).toContain(
      'an entry at the broker has no intent on disk',
    );
  });

  test('misses the end of an order that is still under way', () => {
    expect(audit([intended('order-1', 1)], books([])).problems).toContain(
      'orders under way: "order-1" in the journal, "" at the broker',
    );
  });

  test('misses a position that only the broker lists', () => {
    expect(audit([], books([], [position(7, 53_000)])).problems).toContain(
      'positions: "" in the journal, "7" at the broker',
    );
  });
});
