import { describe, expect, test } from 'vitest';
import { AccountWorld, aPolicy, aPrediction, barMs, monday } from '../../test/account-world.ts';
import { snapshotOf } from './account-snapshot.ts';
import { maySend } from './may-send.ts';
import type { AccountPolicy } from './policy.ts';

const stopped = aPolicy({ hash: 'policy-stopped', entriesStopped: 'shutdown' });

function stop(world: AccountWorld, policy: AccountPolicy = stopped): AccountWorld {
  world.give({ type: 'configured', policy });
  return world;
}

describe('an account whose entries have stopped', () => {
  test.each(['shutdown', 'removed'] as const)('denies what it would have entered: %s', (why) => {
    const world = stop(new AccountWorld().open(), aPolicy({ hash: why, entriesStopped: why }));
    world.bar(aPrediction('buy'));
    expect(world.broker.executed).toEqual([]);
    expect(world.facts('bar-decided')).toMatchObject([
      { verdict: 'denied', denial: { limit: 'stopping', observed: 1, allowed: 0 } },
    ]);
    expect(snapshotOf(world.state).blockedBy).toMatchObject([{ limit: 'stopping' }]);
  });

  test('says so before anything else that would deny it, too', () => {
    const world = stop(new AccountWorld().open());
    world.command('pause');
    world.bar(aPrediction('buy', { atr: 1 }));
    expect(world.facts('bar-decided')).toMatchObject([
      { denial: { limit: 'stopping' }, others: ['trading-state', 'atr-floor'] },
    ]);
  });

  test('leaves its position to its stops, and closes it when a person says so', () => {
    const world = new AccountWorld().open();
    world.bar(aPrediction('buy'));
    stop(world);
    world.move(95_305, monday + barMs);
    world.bar(aPrediction('buy', { bar: 1 }));
    expect(world.heard('close')).toMatchObject([{ closeType: 'TP_HIT' }]);

    const other = new AccountWorld().open();
    other.bar(aPrediction('buy'));
    stop(other).command('flatten');
    expect(other.heard('close')).toMatchObject([{ closeType: 'MANUAL' }]);
  });

  test('protects a naked position still', () => {
    const world = new AccountWorld().open();
    world.bar(aPrediction('buy'));
    stop(world);
    world.broker.positions = world.broker.positions.map(({ stopLoss: _, ...bare }) => bare);
    world.read();
    expect(world.broker.positions).toMatchObject([{ stopLoss: 94_705 }]);
  });

  test('gives up an order that is proven absent instead of sending it again', () => {
    const world = new AccountWorld({ faults: ['504-lost'] }).open();
    world.isManual = true;
    world.bar(aPrediction('buy'));
    stop(world);
    for (let reads = 0; reads < 20; reads += 1) {
      world.wait(200);
      world.read();
    }
    expect(world.facts('order-absent')).toHaveLength(1);
    expect(world.facts('order-given-up')).toMatchObject([{ reason: 'stopping' }]);
    expect(world.facts('order-intended')).toHaveLength(1);
    expect(world.isSettled).toBe(true);
  });

  test('journals it like every change of its policy, and trades again after the next start', () => {
    const world = stop(new AccountWorld().open());
    expect(world.facts('policy-changed').at(-1)).toMatchObject({
      from: 'policy-1',
      changes: [{ key: 'entriesStopped', to: 'shutdown' }],
    });
    world.open();
    expect(world.facts('policy-changed').at(-1)).toMatchObject({
      from: 'policy-stopped',
      changes: [{ key: 'entriesStopped', from: 'shutdown' }],
    });
    world.bar(aPrediction('buy'));
    expect(world.broker.executed).toHaveLength(1);
  });
});

describe('an order that is on disk and has not left', () => {
  test('may leave only while its account is active and entries go on', () => {
    const world = new AccountWorld().open();
    expect(maySend(world.state)).toBe(true);
    world.command('pause');
    expect(maySend(world.state)).toBe(false);
    world.command('resume');
    expect(maySend(world.state)).toBe(true);
    expect(maySend(stop(world).state)).toBe(false);
    world.give({ type: 'configured', policy: aPolicy() });
    expect(maySend(world.state)).toBe(true);
    world.command('halt');
    expect(maySend(world.state)).toBe(false);
  });
});
