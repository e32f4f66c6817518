import { describe, expect, test } from 'vitest';
import { AccountWorld, aPolicy, aPrediction, barMs, monday } from '../../test/account-world.ts';
import { callsMax } from './settled.ts';

/** An account with a long position, and an order of ours that pends at its broker. */
function aWorld(): AccountWorld {
  const world = new AccountWorld().open();
  world.bar(aPrediction('buy'));
  world.broker.pending.push(77);
  return world;
}

describe('an order that pends at the broker', () => {
  test.each(['flatten', 'kill'] as const)(
    'is cancelled by %s, and only then flat is flat',
    (command) => {
      const world = aWorld();
      world.command(command);
      expect(world.broker.pending).toEqual([]);
      expect(world.broker.positions).toEqual([]);
      const order = world.journal.map(({ type }) => type);
      expect(order.indexOf('cancel-answered')).toBeGreaterThan(order.indexOf('cancel-intended'));
      expect(order.indexOf('flattened')).toBeGreaterThan(order.indexOf('cancel-answered'));
      expect(world.state.trading.state).toBe(command === 'kill' ? 'halted' : 'paused');
      expect(world.state.cancelling).toBeUndefined();
    },
  );

  test('that cannot be cancelled keeps the account from being flat, is told, and tried on', () => {
    const world = aWorld();
    world.broker.keepsOrders = true;
    world.command('kill');
    expect(world.broker.positions).toEqual([]);
    expect(world.facts('flattened')).toEqual([]);
    expect(world.facts('cancel-intended')).toHaveLength(callsMax);
    expect(world.heard('alert')).toMatchObject([
      { reason: 'cannot cancel what pends at the broker: orders that pend still: 77' },
    ]);
    world.broker.keepsOrders = false;
    world.move(95_000, monday + barMs);
    world.read();
    expect(world.broker.pending).toEqual([]);
    expect(world.facts('flattened')).toHaveLength(1);
  });

  test('is looked for again by an engine that died meanwhile', () => {
    const world = aWorld();
    world.broker.keepsOrders = true;
    world.command('kill');
    world.broker.keepsOrders = false;
    world.move(95_000, monday + barMs);
    world.open();
    expect(world.broker.pending).toEqual([]);
    expect(world.facts('flattened')).toHaveLength(1);
  });

  test('is nothing that a dry account has', () => {
    const world = new AccountWorld({ policy: aPolicy({ mode: 'dry' }) }).open();
    world.command('flatten');
    expect(world.facts('cancel-intended')).toEqual([]);
    expect(world.facts('flattened')).toHaveLength(1);
  });

  test('is left alone by whoever only pauses or halts', () => {
    const world = aWorld();
    for (const command of ['pause', 'reduce', 'halt'] as const) world.command(command);
    expect(world.broker.pending).toEqual([77]);
  });
});
