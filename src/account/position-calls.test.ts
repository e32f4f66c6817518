import { describe, expect, test } from 'vitest';
import {
  AccountWorld,
  aPolicy,
  aPrediction,
  barMs,
  type CallFault,
  monday,
} from '../../test/account-world.ts';
import type { AccountView } from '../domain/account.ts';
import { price } from '../domain/units.ts';

/** A long position of six steps that is worth half a close at 95,185, and a stop that asks for nothing more. */
function aWinner(close: readonly CallFault[], isHedging = true): AccountWorld {
  const management = { partialClose: { triggerAtr: 0.6, share: 0.5 } };
  const world = new AccountWorld({
    policy: aPolicy({ management }),
    absenceProof: { sinceCallMs: 180_000, emptyForMs: 90_000 },
    callFaults: { close },
  }).open();
  if (!isHedging) {
    const { view } = world.broker;
    world.broker.view = (): AccountView => ({ ...view.call(world.broker), isHedging: false });
  }
  world.bar(aPrediction('buy'));
  world.isManual = true;
  return world;
}

function rise(world: AccountWorld): void {
  world.move(95_300, monday + barMs);
  world.bar(aPrediction('hold', { bar: 1 }));
}

/** Healthy answers every 10 seconds for so long. */
function readFor(world: AccountWorld, ms: number): void {
  for (let waited = 0; waited <= ms; waited += 10_000) {
    world.read();
    world.wait(10_000);
  }
}

function volumes(world: AccountWorld): readonly number[] {
  return world.broker.positions.map(({ volume }) => volume);
}

describe('the close of a part', () => {
  test('is on disk, whole, before it leaves', () => {
    const world = aWinner([]);
    rise(world);
    expect(world.facts('close-intended')).toMatchObject([{ leaves: 3 }]);
    expect(world.durabilityOf('close-intended')).toBe('full');
    expect(volumes(world)).toEqual([3]);
  });

  test('that is in doubt is not made again before it is proven not to have been executed', () => {
    const world = aWinner(['504-lost']);
    rise(world);
    readFor(world, 170_000);
    expect(world.facts('close-intended')).toHaveLength(1);
    expect(world.isSettled).toBe(false);
    readFor(world, 20_000);
    expect(world.facts('close-absent')).toHaveLength(1);
    expect(world.facts('close-intended')).toMatchObject([{ leaves: 3 }, { leaves: 3 }]);
    expect(volumes(world)).toEqual([3]);
  });

  test('that was executed in the dark is not made again', () => {
    const world = aWinner(['504-executed']);
    rise(world);
    readFor(world, 300_000);
    expect(world.facts('close-intended')).toHaveLength(1);
    expect(volumes(world)).toEqual([3]);
    expect(Object.values(world.state.positions)).toMatchObject([{ stage: 'open', volume: 6 }]);
  });

  test('that nobody heard of before the engine died is looked for first', () => {
    const world = aWinner(['504-lost']);
    rise(world);
    readFor(world, 60_000);
    world.open();
    readFor(world, 100_000);
    expect(world.facts('close-intended')).toHaveLength(1);
    readFor(world, 90_000);
    expect(volumes(world)).toEqual([3]);
    expect(world.facts('close-intended')).toHaveLength(2);
  });

  test('is proven absent by answers without a break alone', () => {
    const world = aWinner(['504-lost']);
    rise(world);
    readFor(world, 170_000);
    world.readsFail = true;
    world.read();
    world.readsFail = false;
    readFor(world, 80_000);
    expect(world.facts('close-absent')).toEqual([]);
    readFor(world, 20_000);
    expect(world.facts('close-absent')).toHaveLength(1);
  });

  test('does not hold up who wants it flat', () => {
    const world = aWinner(['504-lost']);
    rise(world);
    world.command('flatten');
    expect(world.broker.positions).toEqual([]);
  });
});

describe('the close of all', () => {
  test('is made again at once where every position has a ticket of its own', () => {
    const world = aWinner(['504-lost']);
    world.isManual = false;
    world.command('flatten');
    expect(world.facts('close-intended')).toHaveLength(2);
    expect(world.broker.positions).toEqual([]);
  });

  test('on a netting account waits for the proof: it might turn the position round', () => {
    const world = aWinner(['504-lost'], false);
    world.command('flatten');
    readFor(world, 170_000);
    expect(world.facts('close-intended')).toHaveLength(1);
    readFor(world, 20_000);
    expect(world.facts('close-intended')).toHaveLength(2);
    expect(world.broker.positions).toEqual([]);
  });

  test('goes on with what is left of it', () => {
    const world = aWinner([]);
    world.isManual = false;
    const { close } = world.broker;
    let calls = 0;
    world.broker.close = (ticket, reason, volume) => {
      calls += 1;
      return close.call(world.broker, ticket, reason, calls === 1 ? 2 : volume);
    };
    world.command('flatten');
    expect(world.broker.positions).toEqual([]);
    expect(world.heard('close')).toMatchObject([{ lots: 0.06 }]);
  });
});

describe('stops that were to be moved', () => {
  test('and stand as before are owed nothing', () => {
    const world = aWinner([]);
    rise(world);
    world.isManual = false;
    world.read();
    const [position] = world.broker.positions;
    expect(position?.stopLoss).toBeGreaterThan(95_000);
    expect(world.isSettled).toBe(true);
    world.broker.protect(position?.ticket ?? 0, { stopLoss: price(94_000) });
    world.read();
    expect(world.heard('alert').at(-1)?.reason).toContain('stops-moved-by-hand');
  });
});
