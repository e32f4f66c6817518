import { describe, expect, test } from 'vitest';
import {
  AccountWorld,
  account,
  aPolicy,
  aPrediction,
  barMs,
  monday,
} from '../../test/account-world.ts';
import type { AccountEvent } from '../domain/account-event.ts';
import { epochMs, fraction, money } from '../domain/units.ts';
import type { GuardPolicy } from '../risk/guards/guard-policy.ts';
import type { AccountFact } from './account-fact.ts';
import { initialState } from './account-state.ts';
import { remember, rememberedMax } from './guard-memory.ts';
import type { AccountPolicy } from './policy.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

function aWorld(guards: GuardPolicy, changes: Partial<AccountPolicy> = {}): AccountWorld {
  return new AccountWorld({ policy: aPolicy({ guards, ...changes }) }).open();
}

/** Buys and loses 1 R (about 1.8 % with 2 % at risk) on the next bar. */
function lose(world: AccountWorld, at: number): void {
  world.move(95_000, at);
  world.bar(aPrediction('buy', { at }));
  world.move(94_705, at + barMs);
  world.bar(aPrediction('hold', { at: at + barMs }));
}

/** A signal at a moment, with the market where it was. */
function ask(world: AccountWorld, at: number): string {
  const before = world.broker.executed.length;
  world.move(95_000, at);
  world.bar(aPrediction('buy', { at }));
  if (world.broker.executed.length > before) return 'entered';
  return world.heard('denied').at(-1)?.denial.limit ?? 'nothing';
}

function limits(events: readonly Extract<AccountEvent, { type: 'guard-tripped' }>[]) {
  return events.map(({ denial }) => denial.limit);
}

function deposit(world: AccountWorld, amount: number): void {
  const ticket = 9_000 + world.broker.deals.length;
  world.broker.balance += amount;
  const { at } = world.broker.quote;
  const comment = amount > 0 ? 'deposit' : 'withdrawal';
  world.broker.deals.push({ kind: 'balance', ticket, at, amount: money(amount), comment });
}

describe('the drawdown of the week', () => {
  const guards = { weeklyDrawdownMax: fraction(0.03) };
  const nextMonday = monday + 7 * dayMs;

  test('trips once, is on disk first, and lasts until the next local Monday', () => {
    const world = aWorld(guards, { dayOffsetMs: 7 * hourMs });
    lose(world, monday);
    expect(world.heard('guard-tripped')).toEqual([]);
    lose(world, monday + 2 * barMs);
    expect(limits(world.heard('guard-tripped'))).toEqual(['weekly-drawdown']);
    expect(world.durabilityOf('guard-tripped')).toBe('full');
    expect(ask(world, monday + 3 * dayMs)).toBe('weekly-drawdown');
    expect(ask(world, nextMonday - 7 * hourMs - 1)).toBe('weekly-drawdown');
    expect(ask(world, nextMonday - 7 * hourMs)).toBe('entered');
    expect(world.heard('guard-cleared')).toMatchObject([{ limit: 'weekly-drawdown' }]);
  });

  test('is measured from the equity of its beginning, whatever was won before', () => {
    const world = aWorld(guards);
    expect(world.facts('week-began')).toMatchObject([{ startEquity: world.broker.balance }]);
    lose(world, monday);
    world.move(95_000, nextMonday);
    world.read();
    expect(world.facts('week-began')).toHaveLength(2);
    expect(world.state.memory.week?.startEquity).toBe(world.broker.balance);
    lose(world, nextMonday);
    expect(world.heard('guard-tripped')).toEqual([]);
  });

  test('is not forgotten by a restart, nor is where the week began', () => {
    const world = aWorld(guards);
    lose(world, monday);
    world.open();
    lose(world, monday + 2 * barMs);
    world.open();
    expect(world.facts('week-began')).toHaveLength(1);
    expect(ask(world, monday + dayMs)).toBe('weekly-drawdown');
    expect(world.heard('guard-tripped')).toHaveLength(1);
  });

  test.each([5_000, -5_000])('does not count a deposit or a withdrawal: %d', (amount) => {
    const world = aWorld(guards);
    const before = world.state.memory.week?.startEquity ?? 0;
    deposit(world, amount);
    world.read();
    expect(world.state.memory.week?.startEquity).toBe(before + amount);
    expect(world.heard('guard-tripped')).toEqual([]);
    expect(ask(world, monday)).toBe('entered');
  });

  test('waits with the beginning of a week until the balance is explained', () => {
    const world = aWorld(guards);
    world.broker.balance += 100;
    world.move(95_000, nextMonday);
    ask(world, nextMonday);
    expect(world.facts('bar-decided').at(-1)).toMatchObject({
      denial: { limit: 'balance-unexplained' },
      others: ['weekly-drawdown'],
    });
    expect(world.facts('week-began')).toHaveLength(1);
    expect(world.heard('guard-tripped')).toEqual([]);
  });

  test('stands in no journal of an account that does not have it', () => {
    const world = new AccountWorld().open();
    world.bar(aPrediction('buy'));
    expect(world.facts('week-began')).toEqual([]);
  });
});

describe('the hard halt', () => {
  const guards = { hardHaltMax: fraction(0.03) };

  test('closes what is open, proves it flat and halts; neither market nor restart leads out', () => {
    const world = aWorld(guards, { risk: fraction(0.05) });
    world.bar(aPrediction('buy'));
    world.move(94_780, monday + barMs);
    world.read();
    expect(limits(world.heard('guard-tripped'))).toEqual(['hard-halt']);
    expect(world.state.trading).toMatchObject({ state: 'halted' });
    expect(world.state.trading.reason).toMatch(/^hard-halt: \d\.\d % of the starting balance/);
    expect(world.broker.positions).toEqual([]);
    expect(world.facts('flattened')).toHaveLength(1);
    expect(world.heard('alert').map(({ reason }) => reason)).toContainEqual(
      expect.stringContaining('halted and flat'),
    );
    world.open();
    world.command('resume');
    expect(ask(world, monday + 10 * dayMs)).toBe('hard-halt');
    expect(world.state.trading.state).toBe('halted');
    expect(world.heard('guard-tripped')).toHaveLength(1);
  });

  test('halts again at the next look when it is revived with the loss that it had', () => {
    const world = aWorld(guards);
    lose(world, monday);
    lose(world, monday + 2 * barMs);
    world.command('revive');
    expect(world.state.trading.state).toBe('active');
    expect(ask(world, monday + 4 * barMs)).toBe('hard-halt');
    expect(world.state.trading.state).toBe('halted');
    expect(world.heard('guard-tripped')).toHaveLength(2);
  });

  test('lets trade again who was revived with more money', () => {
    const world = aWorld(guards);
    lose(world, monday);
    lose(world, monday + 2 * barMs);
    deposit(world, world.broker.balance);
    world.read();
    expect(world.state.trading.state).toBe('halted');
    world.command('revive');
    expect(ask(world, monday + 4 * barMs)).toBe('entered');
  });

  test('does not take a withdrawal for a loss', () => {
    const world = aWorld(guards);
    deposit(world, -world.broker.balance / 2);
    world.read();
    expect(world.state.trading.state).toBe('active');
  });
});

describe('the equity-curve filter', () => {
  const guards = {
    equityCurve: { lookbackTrades: 2, drawdownMax: fraction(0.03), cooldownMs: dayMs },
  };

  test('trips on the sum of the last trades, and lets go after its cooldown', () => {
    const world = aWorld(guards);
    lose(world, monday);
    lose(world, monday + 2 * barMs);
    expect(limits(world.heard('guard-tripped'))).toEqual(['equity-curve']);
    const trippedAt = monday + 3 * barMs;
    expect(ask(world, trippedAt + dayMs - 1)).toBe('equity-curve');
    expect(ask(world, trippedAt + dayMs)).toBe('entered');
    expect(world.heard('guard-tripped')).toHaveLength(1);
  });

  test('trips again only after another trade', () => {
    const world = aWorld(guards);
    lose(world, monday);
    lose(world, monday + 2 * barMs);
    lose(world, monday + 2 * dayMs);
    expect(limits(world.heard('guard-tripped'))).toEqual(['equity-curve', 'equity-curve']);
  });

  test('is not forgotten by a restart', () => {
    const world = aWorld(guards);
    lose(world, monday);
    world.open();
    lose(world, monday + 2 * barMs);
    world.open();
    expect(ask(world, monday + 5 * barMs)).toBe('equity-curve');
  });
});

describe('what guards remember', () => {
  test('is the rate of orders, over a restart', () => {
    const world = aWorld({ orderRate: { ordersMax: 2, windowMs: hourMs } });
    lose(world, monday);
    lose(world, monday + 2 * barMs);
    world.open();
    expect(ask(world, monday + 4 * barMs - 1)).toBe('order-rate');
    expect(ask(world, monday + 4 * barMs)).toBe('entered');
  });

  test('is bounded: the newest stay', () => {
    const closed = (profit: number) =>
      ({ type: 'position-closed', at: epochMs(profit), profit: money(profit) }) as AccountFact;
    const profits = Array.from({ length: rememberedMax + 3 }, (_, index) => index);
    const { memory } = profits.map(closed).reduce(remember, initialState(account));
    expect(memory.recentProfits).toEqual(profits.slice(3));
  });
});

test('the day ends at the midnight of a zone with daylight saving', () => {
  const policy = { dailyLossMax: fraction(0.03), dayZone: 'America/New_York' };
  const world = new AccountWorld({ policy: aPolicy(policy) });
  const summer = Date.UTC(2025, 6, 7, 12);
  world.move(95_000, summer);
  world.open();
  lose(world, summer);
  lose(world, summer + 2 * barMs);
  const midnight = Date.UTC(2025, 6, 8, 4);
  expect(ask(world, midnight - 1)).toBe('daily-loss');
  expect(ask(world, midnight)).toBe('entered');
  expect(world.state.day?.index).toBe(Date.UTC(2025, 6, 8) / dayMs);
  expect(epochMs(midnight)).toBe(world.state.at);
});

describe('what is kept of a prediction', () => {
  const prediction = { ...aPrediction('buy'), features: { adx_14: 0.3 }, trainedTo: epochMs(1) };

  test.each([
    ['with what guards compare, where one is on', { adxMin: 0.2 }, true],
    ['without it, where none is', undefined, false],
  ])('%s', (_, guards, isKept) => {
    const world = new AccountWorld({ policy: aPolicy(guards && { guards }) }).open();
    world.bar(prediction);
    const [decided] = world.facts('bar-decided');
    expect(decided?.verdict).toBe('entered');
    expect(decided?.prediction).toHaveProperty('modelHash', 'model-1');
    expect(decided?.prediction?.features).toEqual(isKept ? { adx_14: 0.3 } : undefined);
  });
});
