import { beforeEach, describe, expect, test } from 'vitest';
import { crash, entries, World } from '../../test/fixtures/supervision-world.ts';
import { SupervisorStage } from '../../test/fixtures/supervisor-stage.ts';
import type { ChildExit } from './child-spec.ts';
import { find } from './supervision-state.ts';
import { supervisorChild } from './supervisor-child.ts';

let stage: SupervisorStage;

beforeEach(() => {
  stage = new SupervisorStage();
});

describe('a stop without a limit', () => {
  const hour = 3_600_000;

  test('is waited for, however long a child takes', async () => {
    const slow = stage.puppet('a');
    slow.stops = 'hangs';
    const root = await stage.running([{ ...slow.spec, shutdownMs: Number.POSITIVE_INFINITY }]);
    const stopping = root.stop();
    await stage.settled(hour);
    expect(root.tree().children[0]?.status).toBe('stopping');
    slow.finish();
    await stopping;
    expect(stage.count('child-stop-forced', 'a')).toBe(0);
  });

  test('is what a supervisor below has: its children have their own', async () => {
    const slow = stage.puppet('a');
    slow.stops = 'hangs';
    const { children: _, ...options } = stage.options([], { id: 'group' });
    const children = () => [{ ...slow.spec, shutdownMs: hour }];
    const root = await stage.running([
      supervisorChild({ ...options, restart: 'permanent', children }),
    ]);
    const stopping = root.stop();
    await stage.settled(hour - 1);
    expect(stage.log).not.toContain('a killed');
    await stage.settled(1);
    await stopping;
    expect(stage.log).toContain('a killed');
    expect(stage.count('child-stop-forced', 'group')).toBe(0);
  });
});

describe('dynamic children', () => {
  test('that ignore their stop are killed at one deadline for all', async () => {
    const puppets = ['a', 'b', 'c'].map((id) => stage.puppet(id));
    for (const puppet of puppets.slice(0, 2)) puppet.stops = 'hangs';
    const specs = puppets.map(({ spec }) => spec);
    const root = await stage.running(specs, { order: 'parallel' });
    const stopping = root.stop();
    await stage.settled(99);
    expect(stage.log.filter((line) => line.endsWith('killed'))).toEqual([]);
    await stage.settled(1);
    await stopping;
    expect(stage.log.filter((line) => line.endsWith('killed'))).toEqual(['b killed', 'a killed']);
    expect(stage.clock.elapsed()).toBe(100);
    expect(stage.clock.pendingCount).toBe(0);
  });

  test('that answer a stop with a failure do not keep it from its end', () => {
    const world = new World(entries('abc'), { order: 'parallel' }).upAll();
    world.input({ type: 'stop' });
    for (const id of 'abc') world.crash(id);
    expect(world.take()).toEqual(['stop c1', 'stop b1', 'stop a1', 'end']);
    expect(world.end).toBe('stopped');
  });
});

describe('a child without time to stop', () => {
  test('is killed unasked', async () => {
    const root = await stage.running(stage.specs('a', { shutdownMs: 0 }));
    await root.stop();
    expect(stage.take()).toEqual(['a killed', 'a retired']);
    const ends = stage.events.flatMap((event) =>
      event.type === 'child-ended' ? [event.exit] : [],
    );
    expect(ends).toMatchObject([{ reason: 'failed', error: { message: 'killed' } }]);
    expect(stage.count('child-stop-forced', 'a')).toBe(1);
  });
});

describe('while a supervisor stops', () => {
  const exits: ChildExit[] = [{ reason: 'normal' }, { reason: 'stopped' }, crash];
  test.each(exits)(
    'a child that ends by itself ($reason) is reported once and not restarted',
    (exit) => {
      const world = new World(entries('abc')).upAll();
      world.input({ type: 'stop' });
      for (const id of 'abc') world.exit(id, exit);
      expect(world.take()).toEqual(['stop c1', 'end']);
      const ends = world.reports.filter((report) => report.type === 'child-ended');
      expect(ends).toMatchObject([...'abc'].map((id) => ({ id, exit, isRequested: true })));
    },
  );
});

describe('a child that waits for its restart', () => {
  const shapes = [
    { strategy: 'one-for-one' },
    { strategy: 'one-for-all' },
    { strategy: 'rest-for-one' },
    { strategy: 'one-for-one', order: 'parallel' },
  ] as const;
  function waiting(shape: (typeof shapes)[number]): World {
    const world = new World(entries('ab'), shape).upAll();
    for (let round = 0; round < 2; round += 1) {
      world.crash('b');
      world.settle();
    }
    expect(find(world.state, 'b')?.status).toBe('waiting');
    world.take();
    return world;
  }

  test.each(shapes)('does not hold up the stop of its supervisor (%o)', (shape) => {
    const world = waiting(shape);
    world.input({ type: 'stop' });
    world.settle();
    expect(world.end).toBe('stopped');
    expect(world.waiting.size).toBe(0);
  });

  test.each(shapes)('is not restarted once it was stopped (%o)', (shape) => {
    const world = waiting(shape);
    world.input({ type: 'stop-child', id: 'b' });
    world.settle();
    expect(world.waiting.size).toBe(0);
    world.advance(10_000);
    world.settle();
    expect(find(world.state, 'b')).toMatchObject({ status: 'stopped', goal: 'down' });
    expect(find(world.state, 'a')?.status).toBe('running');
  });
});
