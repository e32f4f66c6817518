import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeEach, describe, expect, test } from 'vitest';
import { entries, World } from '../../test/fixtures/supervision-world.ts';
import { SupervisorStage } from '../../test/fixtures/supervisor-stage.ts';
import type { ChildSpec } from './child-spec.ts';
import type { Clock } from './clock.ts';
import { supervisorChild } from './supervisor-child.ts';

let stage: SupervisorStage;

beforeEach(() => {
  stage = new SupervisorStage();
});

describe('as many restarts as are allowed', () => {
  const shapes = [
    { strategy: 'one-for-one' },
    { strategy: 'one-for-all' },
    { strategy: 'rest-for-one' },
    { strategy: 'one-for-one', order: 'parallel' },
  ] as const;
  test.each(shapes)('are survived; one more, and all are stopped (%o)', (shape) => {
    const intensity = { restartsMax: 2, windowMs: 1_000 };
    const world = new World(entries('abc'), { ...shape, intensity }).upAll();
    for (let restart = 0; restart < 2; restart += 1) {
      world.crash('b');
      world.settle();
      world.advance(100);
      world.settle();
    }
    expect([...world.alive.keys()].sort()).toEqual(['a', 'b', 'c']);
    world.take();
    world.crash('b');
    world.settle();
    expect(world.take().map((line) => line.slice(0, 6))).toEqual(['stop c', 'stop a', 'end']);
    expect(world.end).toBe('intensity b');
  });
});

test('a clock that is set back does not disturb the window of restarts', async () => {
  const { clock } = stage;
  // Elapsed time goes on while the time of day falls back by an hour with every look at it.
  let looks = 0;
  const setBack: Clock = {
    now: () => {
      looks += 1;
      return clock.now() - looks * 3_600_000;
    },
    elapsed: () => clock.elapsed(),
    after: (delayMs, task) => clock.after(delayMs, task),
  };
  const puppet = stage.puppet('a');
  const intensity = { restartsMax: 1, windowMs: 60_000 };
  const root = await stage.running([puppet.spec], { clock: setBack, intensity });
  puppet.crash();
  await stage.settled(60_001);
  puppet.crash();
  await stage.settled(59_999);
  expect(root.tree().status).toBe('running');
  puppet.crash();
  await stage.settled();
  expect(await root.ended).toMatchObject({ reason: 'failed' });
});

test('a dynamic child is restarted with its own arguments', async () => {
  const root = await stage.running([], { order: 'parallel' });
  const puppets = ['a', 'b'].map((id) => stage.puppet(id));
  for (const { spec } of puppets) await root.addChild(spec);
  puppets[1]?.crash();
  await stage.settled(100);
  expect(stage.take()).toEqual(['a starts', 'b starts', 'b starts']);
  expect(puppets.map(({ starting }) => starting.epoch)).toEqual([1, 2]);
  await root.stop();
});

describe('a tree of three levels', () => {
  async function threeLevels(children: () => readonly ChildSpec[]) {
    const { children: _, ...options } = stage.options([]);
    const group = supervisorChild({
      ...options,
      id: 'group',
      restart: 'permanent',
      intensity: { restartsMax: 1, windowMs: 60_000 },
      children,
    });
    const sibling = stage.puppet('sibling');
    const root = await stage.running([sibling.spec, group]);
    return { root, group, sibling };
  }

  test('keeps the crash of a leaf local; escalation rebuilds the branch and nothing else', async () => {
    const [leaf, other] = [stage.puppet('leaf'), stage.puppet('other')];
    const { root, sibling } = await threeLevels(() => [leaf.spec, other.spec]);
    leaf.crash();
    await stage.settled(100);
    expect([leaf, other].map(({ starting }) => starting.epoch)).toEqual([2, 1]);
    leaf.crash();
    await stage.settled(100);
    expect(root.child('group')).toMatchObject({ epoch: 2, status: 'running' });
    expect([leaf, other, sibling].map(({ contexts }) => contexts.length)).toEqual([3, 2, 1]);
    await root.stop();
  });

  test.each([
    { mode: 'forgets', listed: false, present: ['leaf'] },
    { mode: 'has again', listed: true, present: ['leaf', 'added'] },
  ])('$mode children that were added, as its list says, when it is rebuilt', async (row) => {
    const list = [stage.puppet('leaf')];
    const { root, group } = await threeLevels(() => list.map(({ spec }) => spec));
    const added = stage.puppet('added');
    await group.current()?.addChild(added.spec);
    if (row.listed) list.push(added);
    for (let crashes = 0; crashes < 2; crashes += 1) {
      added.crash();
      await stage.settled(100);
    }
    expect(root.child('group').epoch).toBe(2);
    expect(root.child('group').children.map(({ id }) => id)).toEqual(row.present);
    await root.stop();
  });

  test('ends the children of a supervisor in its middle that is killed, and rebuilds it', async () => {
    const leaf = stage.puppet('leaf');
    const { root, group } = await threeLevels(() => [leaf.spec]);
    await group.current()?.stop(0);
    await stage.settled();
    expect(stage.take()).toContain('leaf retired');
    await stage.settled(100);
    expect(root.child('group')).toMatchObject({ epoch: 2, status: 'running' });
    expect(leaf.contexts).toHaveLength(2);
    await root.stop();
  });
});

test('nothing is kept of temporary children that have ended: 10,000 with 50 kB each', async () => {
  const root = await stage.running([], { order: 'parallel' });
  const given: WeakRef<object>[] = [];
  const addOne = async (n: number) => {
    const puppet = stage.puppet(`t${n}`);
    const own = Buffer.alloc(50_000);
    given.push(new WeakRef(own));
    const start: ChildSpec['start'] = (context) => {
      own.writeInt32LE(n);
      return puppet.spec.start(context);
    };
    await root.addChild({ ...puppet.spec, restart: 'temporary', start });
    puppet.finish();
  };
  for (let n = 0; n < 10_000; n += 1) await addOne(n);
  await stage.settled();
  expect(root.counts().specs).toBe(0);
  collectGarbage();
  expect(given.filter((each) => each.deref() !== undefined).length).toBeLessThan(10);
  await root.stop();
});

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}
