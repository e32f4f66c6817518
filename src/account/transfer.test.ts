/** Deposits and withdrawals: whatever is paid in or out, no guard of losses sees another share than before. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AccountWorld, aPolicy, monday } from '../../test/account-world.ts';
import { fraction, money, steps } from '../domain/units.ts';
import { assessAccount } from '../risk/guards/guards.ts';
import { accountRisk } from './account-risk.ts';

const start = 100_000;
const lossGuards = ['daily-loss', 'weekly-drawdown', 'hard-halt'];
const dayMs = 86_400_000;

function aWorld(limit: number): AccountWorld {
  const max = fraction(limit);
  const policy = { dailyLossMax: max, guards: { weeklyDrawdownMax: max, hardHaltMax: max } };
  return new AccountWorld({ policy: aPolicy(policy) }).open();
}

function pay(world: AccountWorld, amount: number): void {
  const { broker } = world;
  broker.balance = Math.round((broker.balance + amount) * 100) / 100;
  broker.deals.push({
    ...{ kind: 'balance', ticket: 90_000 + broker.deals.length, at: broker.quote.at, comment: '' },
    amount: money(amount),
  });
  world.read();
}

/** A result without a transfer: somebody trades on the account. */
function earn(world: AccountWorld, amount: number): void {
  const { broker } = world;
  broker.balance += amount;
  broker.deals.push({
    ...{ kind: 'charge', ticket: 90_000 + broker.deals.length, at: broker.quote.at, comment: '' },
    amount: money(amount),
  });
  world.read();
}

/** A long of a stranger, so that results float: each 1 that the price moves is `lots` in the currency. */
function float(world: AccountWorld, volume: number, bid: number): void {
  world.broker.open({
    ...{ symbol: 'BTCUSD', side: 'buy', volume: steps(volume), comment: '', isOwned: false },
  });
  world.move(bid);
  world.read();
}

/** What each guard of losses observes. */
function observed(world: AccountWorld): Readonly<Record<string, number>> {
  const { state } = world;
  const none = fraction(-1_000);
  const limits = {
    ...world.policy,
    dailyLossMax: fraction(1e-12),
    guards: { weeklyDrawdownMax: none, hardHaltMax: none },
  };
  const risk = { ...accountRisk(state, world.policy), tripped: {}, limits };
  const denials = assessAccount(risk).filter(({ limit }) => lossGuards.includes(limit));
  return Object.fromEntries(denials.map(({ limit, observed: share }) => [limit, share]));
}

/** Pays, and compares. Equity is known to the cent: a withdrawal that leaves little makes that a larger share. */
function expectSameShares(world: AccountWorld, amount: number): void {
  const before = observed(world);
  const { equity } = world.broker.view();
  pay(world, amount);
  const after = observed(world);
  const cent = 0.02 / Math.min(equity, equity + amount) + 1e-9;
  for (const limit of lossGuards) {
    const share = before[limit] ?? 0;
    const change = Math.abs((after[limit] ?? 0) - share);
    expect(change, limit).toBeLessThan(cent * (1 + Math.abs(share)));
  }
}

describe('a deposit or a withdrawal', () => {
  test('of profits beyond the first balance leaves the account in profit', () => {
    const world = aWorld(0.2);
    earn(world, 200_000);
    pay(world, -150_000);
    expect(world.heard('guard-tripped')).toEqual([]);
    expect(world.state.trading.state).toBe('active');
    expect(world.state.money?.startingBalance).toBe(50_000);
  });

  test('after profits leaves a hard halt that still halts', () => {
    const world = aWorld(0.2);
    earn(world, 200_000);
    pay(world, -205_000);
    const { startingBalance } = world.state.money ?? { startingBalance: 0 };
    expect(startingBalance).toBeCloseTo(95_000 / 3, 6);
    world.move(95_000, monday + dayMs);
    earn(world, startingBalance * 0.8 - 95_000 - 1);
    expect(world.state.tripped['hard-halt']).toBeDefined();
  });

  test('does not thin out a loss: what was lost stays the same share', () => {
    const world = aWorld(0.2);
    earn(world, -15_000);
    pay(world, 400_000);
    earn(world, -485_000 * 0.07);
    expect(world.state.tripped['hard-halt']).toMatchObject({ allowed: 0.2 });
  });

  test('of everything is no loss, and the next deposit begins anew', () => {
    const world = aWorld(0.2);
    earn(world, -10_000);
    pay(world, -90_000);
    expect(world.heard('guard-tripped')).toEqual([]);
    expect(observed(world)).toMatchObject({ 'hard-halt': 0, 'weekly-drawdown': 0 });
    pay(world, 40_000);
    expect(world.heard('guard-tripped')).toEqual([]);
    expect(world.state.money?.startingBalance).toBe(40_000);
  });

  test('is no part of the realised result of the day, which observers see', () => {
    const world = aWorld(0.2);
    earn(world, -5_000);
    pay(world, -50_000);
    expect(world.state.day?.realised).toBe(-5_000);
  });

  const step = fc.oneof(
    fc.record({ type: fc.constant('earn'), by: fc.integer({ min: -900, max: 2_000 }) }),
    fc.record({ type: fc.constant('pay'), by: fc.integer({ min: -990, max: 3_000 }) }),
  );

  const floating = fc.record({
    volume: fc.integer({ min: 1, max: 300 }),
    bid: fc.integer({ min: 94_900, max: 95_100 }),
  });

  test('never changes what a guard of losses observes, whatever floats and whatever came before', () => {
    fc.assert(
      fc.property(floating, fc.array(step, { minLength: 1, maxLength: 8 }), (open, taken) => {
        const world = aWorld(1_000);
        float(world, open.volume, open.bid);
        for (const { type, by } of taken) {
          const { equity } = world.broker.view();
          const amount = Math.round((equity * by) / 10) / 100;
          if (equity < 1_000) return;
          if (type === 'earn') earn(world, amount);
          else expectSameShares(world, amount);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('never trips a guard that a hair below its limit has not tripped', () => {
    fc.assert(
      fc.property(fc.integer({ min: -980, max: 5_000 }), (by) => {
        const world = aWorld(0.2);
        earn(world, -start * 0.1666);
        pay(world, Math.round((world.broker.balance * by) / 10) / 100);
        expect(world.heard('guard-tripped')).toEqual([]);
        earn(world, -world.broker.balance * 0.05);
        expect(world.state.tripped['hard-halt']).toBeDefined();
      }),
      { numRuns: 50 },
    );
  });
});
