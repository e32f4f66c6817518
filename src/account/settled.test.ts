import { describe, expect, test } from 'vitest';
import { AccountWorld, aPolicy, aPrediction, barMs, monday } from '../../test/account-world.ts';
import { traceOf } from '../domain/bar.ts';
import { epochMs, money, price, steps } from '../domain/units.ts';
import { dealsFrom } from './apply-deal.ts';
import { dealsNeeded, hasDecided, isSettled } from './settled.ts';

/** The broker charges nothing, so that the balance alone never tells. */
function aLong(): AccountWorld {
  const world = new AccountWorld().open();
  world.broker.commissionPerLot = 0;
  world.bar(aPrediction('buy'));
  return world;
}

function needsDeals(world: AccountWorld): boolean {
  return dealsNeeded(world.state, world.broker.read());
}

describe('an account with a position', () => {
  const { state } = aLong();
  const [position] = Object.values(state.positions);
  const withPosition = (changes: object) =>
    isSettled({
      ...state,
      positions: { ...(position && { [position.ticket]: { ...position, ...changes } }) },
    });

  test.each([
    ['is settled once the deal that opened it is booked', {}, true],
    ['is not settled before the broker has shown that deal', { isEntryBooked: false }, false],
    [
      'is settled where it was adopted, and that deal is history',
      { isEntryBooked: false, isAdopted: true },
      true,
    ],
  ])('%s', (_, changes, isExpected) => {
    expect(withPosition(changes)).toBe(isExpected);
  });
});

describe('the deals', () => {
  test('are read at first sight, and not while nothing has changed', () => {
    const world = new AccountWorld();
    expect(needsDeals(world)).toBe(true);
    expect(dealsFrom(world.state)).toBe(0);
    world.open();
    expect(needsDeals(world)).toBe(false);
    expect(needsDeals(aLong())).toBe(false);
  });

  test('are read while an order is under way', () => {
    const world = new AccountWorld({ faults: ['504-lost'] }).open();
    world.isManual = true;
    world.bar(aPrediction('buy'));
    expect(needsDeals(world)).toBe(true);
  });

  test('are read when a position has gone or shrunk', () => {
    const world = aLong();
    const { ticket } = world.broker.positions[0] ?? { ticket: 0 };
    world.move(95_005);
    world.broker.close(ticket, 'client', 2);
    expect(needsDeals(world)).toBe(true);
    world.read();
    expect(needsDeals(world)).toBe(false);
    world.broker.close(ticket, 'client');
    expect(needsDeals(world)).toBe(true);
  });

  test('are read when the balance is another one, or an owned position is unknown', () => {
    const world = aLong();
    world.broker.balance += 1;
    expect(needsDeals(world)).toBe(true);

    const adopting = new AccountWorld().open();
    adopting.broker.commissionPerLot = 0;
    adopting.broker.open({
      ...{ symbol: 'BTCUSD', side: 'buy', volume: steps(1), comment: '', isOwned: true },
      stopLoss: price(94_000),
    });
    expect(needsDeals(adopting)).toBe(true);
  });

  test('are read until the one that opened a position is booked', () => {
    const world = new AccountWorld().open();
    world.broker.commissionPerLot = 0;
    const [deposit] = world.broker.deals.splice(0);
    world.isManual = true;
    world.bar(aPrediction('buy'));
    const opening = world.broker.deals.splice(0);
    world.read();
    expect(world.heard('fill')).toHaveLength(1);
    expect(needsDeals(world)).toBe(true);
    if (deposit) world.broker.deals.push(deposit, ...opening);
    world.read();
    expect(needsDeals(world)).toBe(false);
  });

  test('are read from an hour before the newest that is known', () => {
    const world = aLong();
    const at = epochMs(monday + 10 * barMs);
    world.broker.deals.push({ kind: 'balance', ticket: 9, at, amount: money(5), comment: '' });
    world.broker.balance += 5;
    world.read();
    expect(dealsFrom(world.state)).toBe(at - 3_600_000);
  });
});

describe('a bar', () => {
  test('counts as decided when it or a later one of its series was', () => {
    const world = new AccountWorld({ policy: aPolicy() }).open();
    world.bar(aPrediction('hold', { bar: 5 }));
    const at = (bar: number) => epochMs(monday + (bar - 1) * barMs);
    expect(hasDecided(world.state, traceOf('BTCUSD', 'M15', at(4)))).toBe(true);
    expect(hasDecided(world.state, traceOf('BTCUSD', 'M15', at(5)))).toBe(true);
    expect(hasDecided(world.state, traceOf('BTCUSD', 'M15', at(6)))).toBe(false);
    expect(hasDecided(world.state, traceOf('BTCUSD', 'H1', at(4)))).toBe(false);
    expect(hasDecided(world.state, traceOf('XAUUSD', 'M15', at(4)))).toBe(false);
  });
});
