import { describe, expect, test } from 'vitest';
import { AccountWorld, aPolicy, aPrediction, barMs, monday } from '../../test/account-world.ts';
import type { TradingState } from '../domain/account.ts';
import { fraction } from '../domain/units.ts';
import { snapshotOf } from './account-snapshot.ts';
import type { AccountCommand } from './input.ts';

function aLong(): AccountWorld {
  const world = new AccountWorld().open();
  world.bar(aPrediction('buy'));
  return world;
}

describe('a command', () => {
  test.each<[readonly AccountCommand[], TradingState]>([
    [[], 'active'],
    [['pause'], 'paused'],
    [['pause', 'resume'], 'active'],
    [['flatten'], 'paused'],
    [['halt'], 'halted'],
    [['halt', 'resume'], 'halted'],
    [['halt', 'pause'], 'halted'],
    [['halt', 'flatten'], 'halted'],
    [['halt', 'revive'], 'active'],
    [['pause', 'revive'], 'paused'],
    [['flatten', 'resume'], 'active'],
  ])('%j leads to %s, and a restart does not widen it', (commands, state) => {
    const world = new AccountWorld().open();
    for (const command of commands) world.command(command);
    expect(world.state.trading.state).toBe(state);
    world.open();
    expect(world.state.trading.state).toBe(state);
  });

  test.each<AccountCommand>(['pause', 'reduce', 'halt', 'flatten', 'kill'])(
    '%s is on disk at once',
    (command) => {
      const world = new AccountWorld().open();
      world.command(command);
      expect(world.durabilityOf('command-given')).toBe('full');
    },
  );

  test('is told with its author', () => {
    const world = new AccountWorld().open();
    world.command('pause');
    world.command('pause');
    expect(world.heard('state-changed')).toMatchObject([
      { from: 'active', to: 'paused', reason: 'paused by test' },
    ]);
  });
});

describe('pause', () => {
  test('stops entries and leaves the position to its stops', () => {
    const world = aLong();
    world.command('pause');
    world.move(95_305, monday + barMs);
    world.bar(aPrediction('buy', { bar: 1 }));
    expect(world.heard('close')).toMatchObject([{ closeType: 'TP_HIT' }]);
    expect(world.heard('denied')).toMatchObject([{ denial: { limit: 'trading-state' } }]);
  });
});

describe('reduce', () => {
  test('denies entries, keeps the position with its stops, and stays when it has left', () => {
    const world = aLong();
    world.command('reduce');
    expect(world.state.trading).toEqual({ state: 'reducing', reason: 'reduced by test' });
    world.move(95_305, monday + barMs);
    world.bar(aPrediction('buy', { bar: 1 }));
    expect(world.heard('close')).toMatchObject([{ closeType: 'TP_HIT' }]);
    expect(world.heard('denied')).toMatchObject([{ denial: { limit: 'trading-state' } }]);
    world.open();
    expect(world.state.trading.state).toBe('reducing');
    world.command('resume');
    expect(world.state.trading.state).toBe('active');
  });

  test('does not lead out of halted', () => {
    const world = new AccountWorld().open();
    world.command('halt');
    world.command('reduce');
    expect(world.state.trading.state).toBe('halted');
  });
});

describe('flatten', () => {
  test('closes every owned position, proves it, and then pauses', () => {
    const world = aLong();
    world.command('flatten');
    expect(world.broker.positions).toEqual([]);
    expect(world.heard('state-changed').map(({ to }) => to)).toEqual(['reducing', 'paused']);
    expect(world.facts('flattened')).toHaveLength(1);
    expect(world.isSettled).toBe(true);
  });

  test('leaves a paused account paused all the way', () => {
    const world = aLong();
    world.command('pause');
    world.command('flatten');
    expect(world.broker.positions).toEqual([]);
    expect(world.heard('state-changed').map(({ to }) => to)).toEqual(['paused']);
    expect(world.facts('flattened')).toHaveLength(1);
  });

  test('tries again when a close fails, and says so when it does not help', () => {
    const world = aLong();
    const { close } = world.broker;
    world.broker.close = () => ({ outcome: 'rejected', code: 10_018, reason: 'market closed' });
    world.command('flatten');
    expect(world.facts('close-intended')).toHaveLength(5);
    expect(world.heard('alert')).toHaveLength(1);
    expect(world.state.trading.state).toBe('reducing');
    expect(world.isSettled).toBe(true);
    world.broker.close = close;
    world.move(95_000, monday + barMs);
    world.read();
    expect(world.broker.positions).toEqual([]);
    expect(world.state.trading.state).toBe('paused');
  });

  test('closes what a close left over', () => {
    const world = aLong();
    const close = world.broker.close.bind(world.broker);
    let calls = 0;
    world.broker.close = (ticket, reason) => {
      calls += 1;
      return close(ticket, reason, calls === 1 ? 4 : undefined);
    };
    world.command('flatten');
    expect(world.broker.positions).toEqual([]);
    expect(world.heard('close')).toMatchObject([{ closeType: 'MANUAL', lots: 0.06 }]);
  });

  test('goes on after the engine died in the middle of it', () => {
    const world = aLong();
    const { close } = world.broker;
    world.broker.close = () => {
      throw new Error('the engine died');
    };
    expect(() => world.command('flatten')).toThrow('the engine died');
    world.broker.close = close;
    world.open();
    expect(world.broker.positions).toEqual([]);
    expect(world.state.trading.state).toBe('paused');
  });

  test('closes an order that was under way when it was asked for', () => {
    const absenceProof = { sinceCallMs: 180_000, emptyForMs: 90_000 };
    const world = new AccountWorld({ faults: ['504-executed'], absenceProof }).open();
    world.isManual = true;
    world.bar(aPrediction('buy'));
    world.command('flatten');
    expect(world.state.trading.state).toBe('reducing');
    world.isManual = false;
    world.read();
    expect(world.broker.positions).toEqual([]);
    expect(world.state.trading.state).toBe('paused');
  });
});

describe('a change of the policy', () => {
  test('is journalled with old and new values and holds from the next decision on', () => {
    const world = new AccountWorld().open();
    const policy = aPolicy({ hash: 'policy-2', risk: fraction(0.01) });
    world.give({ type: 'configured', policy });
    world.give({ type: 'configured', policy });
    expect(world.facts('policy-changed')).toMatchObject([
      { policy: { hash: 'policy-1' }, changes: [] },
      { from: 'policy-1', changes: [{ key: 'risk', from: 0.02, to: 0.01 }] },
    ]);
    world.bar(aPrediction('buy'));
    expect(world.facts('order-intended')).toMatchObject([
      { intent: { policyHash: 'policy-2', order: { volume: 3 } } },
    ]);
  });

  test('while the engine was down is seen at the next start', () => {
    const world = new AccountWorld().open();
    world.policy = aPolicy({ hash: 'policy-2', lotsMax: 1 });
    world.open();
    expect(world.facts('policy-changed').at(-1)).toMatchObject({
      changes: [{ key: 'lotsMax', from: 5, to: 1 }],
    });
  });
});

describe('the snapshot of an account', () => {
  test('shows what observers need', () => {
    const world = aLong();
    world.move(95_100);
    world.read();
    world.command('pause');
    expect(snapshotOf(world.state)).toMatchObject({
      id: 'exness_main',
      epoch: 1,
      currency: 'USC',
      state: 'paused',
      stateReason: 'paused by test',
      startingBalance: 100_000,
      balance: 99_999.82,
      equity: world.broker.view().equity,
      dayResult: 569.82,
      positions: [{ side: 'buy', lots: 0.06, stopLoss: 94_705, profit: 570, isOwned: true }],
      decision: { verdict: 'entered', side: 'buy', confidence: 0.8 },
      blockedBy: [{ limit: 'trading-state' }],
      counts: { predictions: 1, entered: 1, held: 0, denied: 0, closed: 0 },
    });
  });

  test('exists before the broker was ever read', () => {
    const world = new AccountWorld();
    expect(snapshotOf(world.state)).toMatchObject({ equity: 0, positions: [], blockedBy: [] });
  });
});
