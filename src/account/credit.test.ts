/** A broker's credit is in the equity and in no balance: it is no profit, and no loss hides behind it. */
import { describe, expect, test } from 'vitest';
import { AccountWorld, aPolicy } from '../../test/account-world.ts';
import { fraction, money } from '../domain/units.ts';
import { coherentMoney } from './coherent-money.ts';
import type { AccountPolicy } from './policy.ts';

/** An account of 100,000 with a credit on top. */
class LentWorld extends AccountWorld {
  credit = 50_000;

  constructor(changes: Partial<AccountPolicy> = {}) {
    super({ policy: aPolicy(changes) });
    const { broker } = this;
    const { view } = broker;
    broker.view = () => {
      const own = view.call(broker);
      const equity = money(own.equity + this.credit);
      return { ...own, equity, freeMargin: equity, credit: money(this.credit) };
    };
    this.open();
  }

  lose(amount: number): void {
    const { broker } = this;
    broker.balance -= amount;
    broker.deals.push({
      ...{ kind: 'charge', ticket: 90_000 + broker.deals.length, at: broker.quote.at, comment: '' },
      amount: money(-amount),
    });
    this.read();
  }
}

describe('an account with a credit', () => {
  test('has no result before anything happens, and its own equity', () => {
    const world = new LentWorld();
    expect(coherentMoney(world.state)).toEqual({ equity: 100_000, dayResult: 0, doubted: 0 });
  });

  test.each<readonly [string, Partial<AccountPolicy>]>([
    ['daily-loss', { dailyLossMax: fraction(0.03) }],
    ['weekly-drawdown', { guards: { weeklyDrawdownMax: fraction(0.03) } }],
    ['hard-halt', { guards: { hardHaltMax: fraction(0.03) } }],
  ])('trips %s with the loss of its own money', (limit, policy) => {
    const world = new LentWorld(policy);
    world.lose(2_800);
    expect(world.state.tripped[limit]).toBeUndefined();
    world.lose(300);
    expect(world.state.tripped[limit]).toMatchObject({ allowed: 0.03 });
  });

  test('neither gains nor loses when the broker lends more, or takes it back', () => {
    const world = new LentWorld({
      dailyLossMax: fraction(0.03),
      guards: { weeklyDrawdownMax: fraction(0.03), hardHaltMax: fraction(0.03) },
    });
    for (const credit of [80_000, 0]) {
      world.credit = credit;
      world.read();
      expect(coherentMoney(world.state)).toEqual({ equity: 100_000, dayResult: 0, doubted: 0 });
    }
    expect(world.heard('guard-tripped')).toEqual([]);
  });

  test('leaves margin to the broker’s own word', () => {
    const world = new LentWorld();
    expect(world.state.books?.view).toMatchObject({ equity: 150_000, freeMargin: 150_000 });
  });
});
