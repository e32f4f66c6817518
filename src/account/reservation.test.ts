import { describe, expect, test } from 'vitest';
import { AccountWorld, aPolicy, aPrediction, barMs, monday } from '../../test/account-world.ts';
import { steps } from '../domain/units.ts';
import type { Holding } from '../risk/exposure.ts';
import { apply } from './apply.ts';
import { decide } from './decide.ts';
import type { AccountEffect } from './effect.ts';
import type { AccountInput } from './input.ts';
import { holdingsOf, type ReservationAnswer } from './reservation.ts';

/** A cent account: a hundredth of its amounts counts. */
const capped = aPolicy({ guards: { fleet: { multiplier: 0.01 } } });
type Told = Extract<AccountEffect, { type: 'tell-fleet' }>;

function aWorld(): AccountWorld {
  return new AccountWorld({ policy: capped }).open();
}

/** What the account tells the ledger about one input; nothing of it happens. */
function toldBy(world: AccountWorld, content: object): Told | undefined {
  const input = { ...content, at: world.state.at, ioAt: monday } as AccountInput;
  const { effects } = decide(world.state, input);
  return effects.find((effect): effect is Told => effect.type === 'tell-fleet');
}

function wishOf(world: AccountWorld, prediction = aPrediction('buy')): Holding {
  const asking = toldBy(world, { type: 'predicted', prediction })?.asking;
  if (!asking) throw new Error('the account asks for nothing');
  return asking.holding;
}

function answer(world: AccountWorld, reservation: ReservationAnswer, at = monday): void {
  world.give({ type: 'predicted', prediction: aPrediction('buy', { at }), reservation });
}

describe('an entry beneath a cap of the fleet', () => {
  test('asks for what it would add, in the currency of the fleet, and decides nothing yet', () => {
    const world = aWorld();
    const before = world.journal.length;
    world.give({ type: 'predicted', prediction: aPrediction('buy') });
    expect(world.broker.executed).toEqual([]);
    expect(world.facts('bar-decided')).toEqual([]);
    expect(world.heard('signal')).toEqual([]);
    expect(world.journal.slice(before).map(({ type }) => type)).not.toContain('order-intended');
    // 0.06 lots of 100 USC per dollar at 95,005, with a stop of 300 dollars.
    expect(wishOf(world)).toEqual({
      ...{ id: expect.any(String), symbol: 'BTCUSD', side: 'buy' },
      ...{ notional: 0.06 * 95_005, risk: 0.06 * 300 },
    });
  });

  test('is made when it is granted, and what was granted is on disk with its intent', () => {
    const world = aWorld();
    const holding = wishOf(world);
    answer(world, { holding });
    expect(world.broker.executed).toMatchObject([{ tradeId: holding.id }]);
    const types = world.journal.map(({ type }) => type);
    const order = ['exposure-reserved', 'bar-decided', 'order-intended'] as const;
    expect(types.filter((type) => order.includes(type as never))).toEqual(order);
    expect(world.durabilityOf('exposure-reserved')).toBe('full');
    expect(holdingsOf(world.state)?.holdings).toEqual([holding]);
  });

  test('is denied with the numbers of the ledger, or of its silence', () => {
    const world = aWorld();
    const denial = { limit: 'exposure-risk', observed: 230, allowed: 210 };
    answer(world, { holding: wishOf(world), denial });
    expect(world.heard('denied')).toMatchObject([{ denial }]);
    expect(world.facts('bar-decided')).toMatchObject([{ verdict: 'denied', denial }]);
    expect(world.broker.executed).toEqual([]);
    expect(holdingsOf(world.state)).toMatchObject({ holdings: [], decided: monday - barMs });
  });

  test('is denied when it needs more by now than was granted', () => {
    const world = aWorld();
    const holding = wishOf(world);
    answer(world, { holding: { ...holding, risk: holding.risk - 0.01 } });
    expect(world.heard('denied')).toMatchObject([
      { denial: { limit: 'exposure-risk', observed: 18, allowed: 17.99 } },
    ]);
  });

  test('is asked for again when the answer is about another trade', () => {
    const world = aWorld();
    const holding = { ...wishOf(world), id: 'another' };
    const prediction = aPrediction('buy');
    expect(
      toldBy(world, { type: 'predicted', prediction, reservation: { holding } })?.asking,
    ).toEqual({ holding: wishOf(world), barTime: prediction.barTime });
  });

  test('is denied by a guard that tripped while it waited, whatever was granted', () => {
    const world = aWorld();
    const holding = wishOf(world);
    world.command('pause');
    answer(world, { holding });
    expect(world.heard('denied')).toMatchObject([{ denial: { limit: 'trading-state' } }]);
    expect(world.facts('exposure-reserved')).toEqual([]);
  });
});

test('an order is not sent again where it needs more by then than was granted', () => {
  const world = aWorld();
  const holding = wishOf(world);
  world.broker.submit = () => {
    world.move(95_010);
    return { outcome: 'not-sent', reason: '503' };
  };
  answer(world, { holding });
  const denial = { limit: 'exposure-notional', observed: 5_700.9, allowed: 5_700.3 };
  expect(world.facts('order-given-up')).toMatchObject([{ reason: denial.limit, denial }]);
  expect(world.facts('order-intended')).toHaveLength(1);
});

describe('what an account tells the fleet', () => {
  test('is nothing where no cap is set', () => {
    const world = new AccountWorld().open();
    expect(toldBy(world, { type: 'fleet-asks' })).toBeUndefined();
    world.bar(aPrediction('buy'));
    expect(world.broker.executed).toHaveLength(1);
  });

  test('waits for the broker to be read in each life', () => {
    const world = aWorld();
    expect(toldBy(world, { type: 'fleet-asks' })?.told.holdings).toEqual([]);
    world.readsFail = true;
    world.open();
    expect(toldBy(world, { type: 'fleet-asks' })).toBeUndefined();
  });

  test('is what was reserved, as long as its position is open, over restarts and moves of the price', () => {
    const world = aWorld();
    const holding = wishOf(world);
    answer(world, { holding });
    world.open();
    world.move(95_100, monday + barMs);
    world.bar(aPrediction('hold', { bar: 1 }));
    expect(holdingsOf(world.state)).toEqual({ holdings: [holding], decided: monday });
    world.move(95_305, monday + 2 * barMs);
    world.bar(aPrediction('hold', { bar: 2 }));
    expect(holdingsOf(world.state)?.holdings).toEqual([]);
    expect(world.state.memory.reservations).toEqual({});
  });

  test('counts a reservation that came to nothing until its bar is over', () => {
    const world = new AccountWorld({ policy: capped, faults: ['rejected'] }).open();
    const holding = wishOf(world);
    answer(world, { holding });
    expect(holdingsOf(world.state)?.holdings).toEqual([holding]);
    world.move(95_000, monday + barMs);
    world.read();
    const next = { type: 'predicted', prediction: aPrediction('buy', { bar: 1 }) };
    expect(toldBy(world, next)?.told.holdings).toEqual([]);
    world.bar(aPrediction('hold', { bar: 1 }));
    expect(holdingsOf(world.state)?.holdings).toEqual([]);
  });

  test('counts a position of somebody else, and all that it is worth where it has no stop', () => {
    const world = aWorld();
    answer(world, { holding: wishOf(world) });
    const [ours] = world.broker.positions;
    if (!ours) throw new Error('a position is open');
    const { stopLoss: _, ...naked } = ours;
    world.broker.positions = [{ ...naked, ticket: 77, isOwned: false }, ours];
    world.read();
    const foreign = holdingsOf(world.state)?.holdings.find(({ id }) => id === 'exness_main:77');
    expect(foreign).toMatchObject({ notional: 5_700.3, risk: 5_700.3 });
  });

  test('counts a position in a symbol that the account does not trade', () => {
    const world = aWorld();
    const { broker, state } = world;
    const stranger = { side: 'sell', volume: steps(2), comment: '', isOwned: false } as const;
    broker.open({ ...stranger, symbol: 'ETHUSD' });
    const { instruments, ...read } = broker.read();
    const ETHUSD = { ...broker.instrument, symbol: 'ETHUSD' };
    const { facts } = decide(state, {
      ...{ type: 'reconciled', at: state.at, ioAt: state.at, ...read },
      instruments: { ...instruments, ETHUSD },
    });
    const held = holdingsOf(facts.reduce(apply, state))?.holdings;
    expect(held).toMatchObject([{ symbol: 'ETHUSD', side: 'sell', notional: 1_900 }]);
  });

  test('is told only when it is news', () => {
    const world = aWorld();
    const read = world.broker.read();
    expect(toldBy(world, { type: 'reconciled', ...read, deals: [] })).toBeUndefined();
  });
});

test('an order that nothing is reserved for cannot be written down', () => {
  const world = new AccountWorld({ faults: ['504-lost'] }).open();
  world.isManual = true;
  world.bar(aPrediction('buy'));
  // The caps came with a new configuration: the order that is lost is not sent again.
  world.give({ type: 'configured', policy: { ...capped, hash: 'capped' } });
  for (let reads = 0; reads < 20; reads += 1) {
    world.wait(200);
    world.read();
  }
  expect(world.facts('order-given-up')).toMatchObject([{ reason: 'nothing is reserved for it' }]);
  expect(world.facts('order-intended')).toHaveLength(1);
});
