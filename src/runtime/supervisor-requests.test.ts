import { beforeEach, describe, expect, test } from 'vitest';
import { SupervisorStage } from '../../test/fixtures/supervisor-stage.ts';
import { supervisorChild } from './supervisor-child.ts';
import { ChildStateError, DuplicateChildError, UnknownChildError } from './supervisor-errors.ts';

let stage: SupervisorStage;

beforeEach(() => {
  stage = new SupervisorStage();
});

/** `up` runs, `down` was stopped, `waiting` waits for its restart. */
async function threeStates() {
  const waiting = stage.puppet('waiting');
  const [up, down] = [stage.puppet('up'), stage.puppet('down')];
  const root = await stage.running([up.spec, down.spec, waiting.spec]);
  await root.stopChild('down');
  waiting.crash();
  await stage.settled();
  return root;
}

describe('a request that a child in its state cannot obey is refused by the name of that state', () => {
  test.each([
    ['up', 'already-started'],
    ['waiting', 'already-started'],
    ['down', 'already-present'],
  ] as const)('adding %s: %s', async (id, state) => {
    const root = await threeStates();
    const refused = root.addChild(stage.puppet(id).spec);
    await expect(refused).rejects.toBeInstanceOf(DuplicateChildError);
    await expect(refused).rejects.toMatchObject({ state });
    await root.stop();
  });

  test.each([
    ['up', 'running'],
    ['waiting', 'restarting'],
  ] as const)('starting or deleting %s: %s', async (id, state) => {
    const root = await threeStates();
    for (const refused of [root.startChild(id), root.deleteChild(id)]) {
      await expect(refused).rejects.toBeInstanceOf(ChildStateError);
      await expect(refused).rejects.toMatchObject({ state });
    }
    await root.stop();
  });

  test('whatever is asked of a child that is not known: it is not found', async () => {
    const root = await threeStates();
    const refusals = [
      root.startChild('x'),
      root.deleteChild('x'),
      root.stopChild('x'),
      root.removeChild('x'),
      root.restartChild('x', 'operator'),
    ];
    for (const refused of refusals) await expect(refused).rejects.toBeInstanceOf(UnknownChildError);
    expect(() => root.child('x')).toThrow(UnknownChildError);
    await root.stop();
  });

  test('not where the state allows it: a child that is down may be deleted', async () => {
    const root = await threeStates();
    await root.deleteChild('down');
    expect(() => root.child('down')).toThrow(UnknownChildError);
    await root.stop();
  });
});

test('a child may be stopped twice; it stays known, unless it is temporary', async () => {
  const root = await stage.running([
    ...stage.specs('a'),
    ...stage.specs('b', { restart: 'temporary' }),
  ]);
  await root.stopChild('a');
  await root.stopChild('a');
  await root.stopChild('b');
  expect(stage.take()).toEqual([
    'a stops within 100',
    'a retired',
    'b stops within 100',
    'b retired',
  ]);
  expect(root.tree().children.map(({ id, status }) => [id, status])).toEqual([['a', 'stopped']]);
  await root.stop();
});

test('the children are shown in the order of their start, those that wait or are down among them', async () => {
  const root = await threeStates();
  const seen = root.tree().children.map(({ id, status }) => [id, status]);
  expect(seen).toEqual([
    ['up', 'running'],
    ['down', 'stopped'],
    ['waiting', 'restarting'],
  ]);
  expect(root.child('waiting')).toEqual(root.tree().children[2]);
  await root.stop();
});

describe('the children are counted', () => {
  test('by kind, those that wait or are down as not active', async () => {
    const root = await threeStates();
    const { children: _, ...options } = stage.options([], { id: 'group' });
    await root.addChild(supervisorChild({ ...options, restart: 'permanent', children: () => [] }));
    expect(root.counts()).toEqual({ specs: 4, active: 2, supervisors: 1, workers: 3 });
    await root.stop();
  });

  test.each([1_000, 2_000])('%d of them', async (count) => {
    const specs = Array.from({ length: count }, (_, n) => stage.puppet(`p${n}`).spec);
    const root = await stage.running(specs, { order: 'parallel' });
    expect(root.counts()).toEqual({ specs: count, active: count, supervisors: 0, workers: count });
    await root.stop();
    expect(root.counts().active).toBe(0);
  });
});

test('requests to a supervisor that is over fail at once', async () => {
  const root = await stage.running(stage.specs('a'));
  await root.stop();
  const requests = [
    root.addChild(stage.puppet('b').spec),
    root.startChild('a'),
    root.restartChild('a', 'operator'),
    root.removeChild('a'),
    root.reconfigure({ children: [] }),
  ];
  for (const request of requests) {
    await expect(request).rejects.toMatchObject({ name: 'SupervisorStoppedError' });
  }
});

test('a request that waits when its supervisor ends fails with it', async () => {
  const slow = stage.puppet('a');
  slow.starts.push('hangs until given up');
  const root = await stage.running([]);
  const adding = expect(root.addChild(slow.spec)).rejects.toMatchObject({
    name: 'SupervisorStoppedError',
  });
  await root.stop();
  await adding;
});
