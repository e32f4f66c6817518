import { describe, expect, test } from 'vitest';
import { crash, entries, World } from '../../test/fixtures/supervision-world.ts';
import type { ChildExit, RestartType } from './child-spec.ts';
import { find } from './supervision-state.ts';

const error = { name: 'Error', message: 'journal is locked' };

describe('a start', () => {
  test('is sequential: a child starts when the one before it is up', () => {
    const world = new World(entries('abc'));
    world.input({ type: 'start' });
    expect(world.take()).toEqual(['start a1']);
    world.started('a');
    expect(world.take()).toEqual(['start b1']);
    world.started('b');
    world.started('c');
    expect(world.state.phase).toBe('running');
  });

  test('of children that do not need each other happens at once', () => {
    const world = new World(entries('abc'), { order: 'parallel' });
    world.input({ type: 'start' });
    expect(world.take()).toEqual(['start a1', 'start b1', 'start c1']);
  });

  test('of no children is done at once, and so is the stop', () => {
    const world = new World([]);
    world.input({ type: 'start' });
    expect(world.state.phase).toBe('running');
    world.input({ type: 'stop' });
    expect(world.end).toBe('stopped');
  });

  test('that fails stops what had started, in reverse order, and names the child', () => {
    const world = new World(entries('abc'));
    world.input({ type: 'start' });
    world.started('a');
    world.started('b');
    world.take();
    world.refuse('c');
    expect(world.take()).toEqual(['stop b1']);
    world.progress('b');
    world.progress('a');
    expect(world.take()).toEqual(['stop a1', 'end']);
    expect(world.end).toBe('start c');
  });

  test('that fails is tried again where it is declared so, and keeps no sibling waiting', () => {
    const world = new World(entries('ab'), { firstStart: 'restart' });
    world.input({ type: 'start' });
    world.refuse('a');
    expect(world.take()).toEqual(['start a1', 'start a2']);
    world.refuse('a');
    expect(world.take()).toEqual(['retry a in 100', 'start b1']);
    world.started('b');
    expect(world.state.phase).toBe('running');
    world.advance(100);
    expect(world.take()).toEqual(['start a3']);
  });
});

describe('whether a child is restarted', () => {
  const normal: ChildExit = { reason: 'normal' };
  const stopped: ChildExit = { reason: 'stopped' };
  test.each<{ restart: RestartType; exit: ChildExit; next: string[] }>([
    { restart: 'permanent', exit: normal, next: ['start a2'] },
    { restart: 'permanent', exit: stopped, next: ['start a2'] },
    { restart: 'permanent', exit: crash, next: ['start a2'] },
    { restart: 'transient', exit: normal, next: ['retire a'] },
    { restart: 'transient', exit: stopped, next: ['retire a'] },
    { restart: 'transient', exit: crash, next: ['start a2'] },
    { restart: 'temporary', exit: normal, next: ['retire a'] },
    { restart: 'temporary', exit: stopped, next: ['retire a'] },
    { restart: 'temporary', exit: crash, next: ['retire a'] },
  ])('$restart after a $exit.reason end: $next', ({ restart, exit, next }) => {
    const world = new World(entries('a', restart)).upAll();
    world.exit('a', exit);
    expect(world.take()).toEqual(next);
    const isKept = restart !== 'temporary';
    expect(find(world.state, 'a') !== undefined).toBe(isKept);
  });
});

describe('who is restarted with a child that crashed', () => {
  test('one-for-one: nobody', () => {
    const world = new World(entries('abc')).upAll();
    world.crash('b');
    world.settle();
    expect(world.take()).toEqual(['start b2']);
  });

  test('one-for-all: everybody, stopped in reverse order and started in order', () => {
    const world = new World(entries('abc'), { strategy: 'one-for-all' }).upAll();
    world.crash('b');
    world.settle();
    expect(world.take()).toEqual(['stop c1', 'stop a1', 'start a2', 'start b2', 'start c2']);
  });

  test('rest-for-one: those that started after it', () => {
    const world = new World(entries('abcd'), { strategy: 'rest-for-one' }).upAll();
    world.crash('b');
    world.settle();
    expect(world.take()).toEqual(['stop d1', 'stop c1', 'start b2', 'start c2', 'start d2']);
  });

  test('a temporary sibling that went down with its group does not come back', () => {
    const children = [...entries('a'), ...entries('b', 'temporary'), ...entries('c')];
    const world = new World(children, { strategy: 'one-for-all' }).upAll();
    world.crash('c');
    world.settle();
    expect(world.take()).toEqual(['stop b1', 'retire b', 'stop a1', 'start a2', 'start c2']);
  });

  test('a transient sibling that had finished stays finished', () => {
    const children = [...entries('a', 'transient'), ...entries('b')];
    const world = new World(children, { strategy: 'one-for-all' }).upAll();
    world.exit('a', { reason: 'normal' });
    world.take();
    world.crash('b');
    world.settle();
    expect(world.take()).toEqual(['start b2']);
  });

  test('rest-for-one keeps what it has restarted when a later one cannot start', () => {
    const world = new World(entries('abc'), { strategy: 'rest-for-one' }).upAll();
    world.crash('a');
    world.progress('c');
    world.progress('b');
    world.started('a');
    world.take();
    world.refuse('b');
    world.settle();
    expect(world.take()).toEqual(['start b3', 'start c2']);
    expect(find(world.state, 'a')?.epoch).toBe(2);
  });

  test('one-for-all starts everything again when one cannot start', () => {
    const world = new World(entries('ab'), { strategy: 'one-for-all' }).upAll();
    world.crash('a');
    world.progress('b');
    world.started('a');
    world.take();
    world.refuse('b');
    world.settle();
    expect(world.take()).toEqual(['stop a2', 'start a3', 'start b3']);
  });

  test('nobody starts while one of the group waits for its next attempt', () => {
    const world = new World(entries('ab'), { strategy: 'one-for-all' }).upAll();
    for (let round = 0; round < 2; round += 1) {
      world.crash('b');
      world.settle();
    }
    expect(world.take().slice(-2)).toEqual(['retry b in 100', 'stop a2']);
    world.advance(100);
    world.settle();
    expect(world.take()).toEqual(['start a3', 'start b3']);
  });
});

describe('restart intensity', () => {
  test('allows as many restarts as declared; the next one ends the supervisor', () => {
    const world = new World(entries('ab')).upAll();
    for (let restart = 0; restart < 3; restart += 1) {
      world.crash('b');
      world.advance(200);
      world.settle();
    }
    expect(world.end).toBeUndefined();
    world.crash('b');
    world.settle();
    expect(world.end).toBe('intensity b');
    expect(world.take().slice(-2)).toEqual(['stop a1', 'end']);
  });

  test('counts crashes of all children together', () => {
    const world = new World(entries('abcd')).upAll();
    for (const id of 'abcd') world.crash(id);
    world.settle();
    expect(world.end).toBe('intensity d');
  });

  test('counts attempts to restart that fail', () => {
    const world = new World(entries('a')).upAll();
    world.crash('a');
    for (let attempt = 0; attempt < 3; attempt += 1) {
      world.refuse('a');
      world.advance(400);
    }
    expect(world.end).toBe('intensity a');
  });

  test('forgets crashes that are older than its window', () => {
    const world = new World(entries('a')).upAll();
    for (let restart = 0; restart < 20; restart += 1) {
      world.crash('a');
      world.advance(400);
      world.settle();
    }
    expect(world.end).toBeUndefined();
    expect(find(world.state, 'a')?.restarts).toBe(20);
  });

  test('of zero gives up at the first crash', () => {
    const intensity = { restartsMax: 0, windowMs: 1_000 };
    const world = new World(entries('a'), { intensity }).upAll();
    world.crash('a');
    expect(world.end).toBe('intensity a');
  });
});

describe('waiting before a restart', () => {
  test('grows while a child keeps crashing, and begins anew after a time of health', () => {
    const intensity = { restartsMax: 100, windowMs: 1 };
    const world = new World(entries('a'), { intensity }).upAll();
    const waits: string[] = [];
    const crashAfter = (healthyMs: number) => {
      world.advance(healthyMs);
      world.crash('a');
      waits.push(world.take().at(-1) ?? '');
      world.advance(400);
      world.settle();
      world.take();
    };
    for (const healthyMs of [0, 0, 0, 0, 9_999, 10_000]) crashAfter(healthyMs);
    expect(waits).toEqual([
      'start a2',
      'retry a in 100',
      'retry a in 200',
      'retry a in 400',
      'retry a in 400',
      'start a7',
    ]);
  });

  test('ends when a person wants the child now', () => {
    const world = new World(entries('a')).upAll();
    world.crash('a');
    world.started('a');
    world.crash('a');
    expect(world.take()).toEqual(['start a2', 'retry a in 100']);
    world.input({ type: 'restart-child', id: 'a', reason: 'operator' });
    expect(world.take()).toEqual(['forget a', 'start a3']);
  });
});

describe('a stop', () => {
  test('takes children down in reverse order, each when the one after it is down', () => {
    const world = new World(entries('abc')).upAll();
    world.input({ type: 'stop' });
    expect(world.take()).toEqual(['stop c1']);
    world.progress('c');
    expect(world.take()).toEqual(['stop b1']);
    world.progress('b');
    world.progress('a');
    expect(world.take()).toEqual(['stop a1', 'end']);
    expect(world.end).toBe('stopped');
  });

  test('asked for twice is one stop', () => {
    const world = new World(entries('ab')).upAll();
    world.input({ type: 'stop' });
    world.input({ type: 'stop' });
    world.settle();
    world.input({ type: 'stop' });
    expect(world.take()).toEqual(['stop b1', 'stop a1', 'end']);
  });

  test.each(['one-for-one', 'one-for-all', 'rest-for-one'] as const)(
    'ends a restart loop (%s)',
    (strategy) => {
      const world = new World(entries('ab'), { strategy }).upAll();
      for (let round = 0; round < 2; round += 1) {
        world.crash('b');
        world.settle();
      }
      world.take();
      world.input({ type: 'stop' });
      world.settle();
      expect(world.take()).toContain('forget b');
      expect(world.end).toBe('stopped');
    },
  );

  test('of a child that is still starting waits for it', () => {
    const world = new World(entries('ab'));
    world.input({ type: 'start' });
    world.input({ type: 'stop' });
    expect(world.take()).toEqual(['start a1', 'stop a1']);
    world.progress('a');
    expect(world.end).toBe('stopped');
  });

  test('never counts as a crash, however the child ends', () => {
    const world = new World(entries('ab')).upAll();
    world.input({ type: 'stop' });
    // The other one dies by itself meanwhile.
    world.crash('a');
    world.crash('b');
    expect(world.end).toBe('stopped');
    expect(world.reports.filter(({ type }) => type === 'child-restarting')).toEqual([]);
    const ends = world.reports.filter((report) => report.type === 'child-ended');
    expect(ends.map(({ id, isRequested }) => [id, isRequested])).toEqual([
      ['a', true],
      ['b', true],
    ]);
  });

  test('comes before a start that fails meanwhile: that is no restart any more', () => {
    const world = new World(entries('ab')).upAll();
    world.crash('a');
    world.input({ type: 'stop' });
    world.take();
    world.refuse('a');
    world.settle();
    expect(world.take()).toEqual(['end']);
    expect(world.state.history).toHaveLength(1);
  });

  test('leaves a supervisor that is giving up its failure', () => {
    const intensity = { restartsMax: 0, windowMs: 1_000 };
    const world = new World(entries('ab'), { intensity }).upAll();
    world.crash('b');
    world.input({ type: 'stop' });
    world.settle();
    expect(world.end).toBe('intensity b');
  });
});

describe('children that come and go', () => {
  test('an added child starts, and is restarted like the others', () => {
    const world = new World(entries('a')).upAll();
    world.input({ type: 'add', child: { id: 'b', restart: 'permanent' } });
    world.started('b');
    world.crash('b');
    expect(world.take()).toEqual(['start b1', 'start b2']);
  });

  test('an added child that cannot start is sent away, and nobody else suffers', () => {
    const world = new World(entries('a')).upAll();
    world.input({ type: 'add', child: { id: 'b', restart: 'permanent' } });
    world.refuse('b');
    expect(world.take()).toEqual(['start b1', 'retire b']);
    expect(find(world.state, 'b')).toBeUndefined();
    expect(world.state.phase).toBe('running');
  });

  test('a removed child is stopped and forgotten; whoever takes its id goes on counting epochs', () => {
    const world = new World(entries('ab')).upAll();
    world.input({ type: 'remove', id: 'a' });
    world.settle();
    expect(world.take()).toEqual(['stop a1', 'retire a']);
    world.input({ type: 'add', child: { id: 'a', restart: 'permanent' } });
    expect(world.take()).toEqual(['start a2']);
  });

  test('a child that waits for its restart is removed without waiting', () => {
    const world = new World(entries('a')).upAll();
    world.crash('a');
    world.started('a');
    world.crash('a');
    world.take();
    world.input({ type: 'remove', id: 'a' });
    expect(world.take()).toEqual(['forget a', 'retire a']);
  });

  test('a child stopped by hand stays down, and comes back by hand', () => {
    const world = new World(entries('ab')).upAll();
    world.input({ type: 'stop-child', id: 'a' });
    world.settle();
    world.advance(10_000);
    expect(world.take()).toEqual(['stop a1', 'retire a']);
    world.input({ type: 'restart-child', id: 'a', reason: 'operator' });
    expect(world.take()).toEqual(['start a2']);
  });

  test('restarts by hand spend nothing and leave siblings alone', () => {
    const world = new World(entries('ab'), { strategy: 'one-for-all' }).upAll();
    for (let count = 0; count < 10; count += 1) {
      world.input({ type: 'restart-child', id: 'a', reason: 'operator' });
      world.settle();
    }
    expect(world.end).toBeUndefined();
    expect(world.state.history).toEqual([]);
    expect(find(world.state, 'a')).toMatchObject({ epoch: 11, restarts: 10 });
    expect(find(world.state, 'b')?.epoch).toBe(1);
  });

  test('nobody is started under a supervisor that is stopping', () => {
    const world = new World(entries('a')).upAll();
    world.input({ type: 'stop' });
    world.input({ type: 'add', child: { id: 'b', restart: 'permanent' } });
    world.input({ type: 'restart-child', id: 'a', reason: 'operator' });
    world.settle();
    expect(world.take()).toEqual(['stop a1', 'end']);
  });
});

test('news of an earlier incarnation changes nothing', () => {
  const world = new World(entries('ab')).upAll();
  world.crash('a');
  world.settle();
  const before = world.state;
  world.take();
  for (const input of [
    { type: 'child-ended', id: 'a', epoch: 1, exit: crash },
    { type: 'child-started', id: 'a', epoch: 1 },
    { type: 'child-start-failed', id: 'a', epoch: 1, error },
    { type: 'retry-due', id: 'a', epoch: 1 },
    { type: 'child-ended', id: 'nobody', epoch: 1, exit: crash },
  ] as const) {
    world.input(input);
  }
  expect(world.take()).toEqual([]);
  expect(world.state).toEqual(before);
});
