import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ChildSpec } from '../../src/runtime/child-spec.ts';
import type { SupervisorOptions } from '../../src/runtime/supervisor.ts';
import { supervisorChild } from '../../src/runtime/supervisor-child.ts';
import type { ThreadChild } from '../../src/runtime/thread-child.ts';
import { PuppetEntry, PuppetStage } from '../fixtures/puppet-stage.ts';

const strategies = ['one-for-one', 'one-for-all', 'rest-for-one'] as const;
const hour = 3_600_000;

let entry: PuppetEntry;
let stage: PuppetStage;

beforeAll(async () => {
  entry = await PuppetEntry.build();
});

afterAll(() => entry.remove());

beforeEach(() => {
  stage = new PuppetStage(entry.url);
});

afterEach(() => stage.close());

function asked(): string[] {
  return stage.notes.all.filter((note) => note.endsWith(' asked')).map((note) => note.charAt(0));
}

describe('threads that start', () => {
  test('begin one after another, each when the one before is ready', async () => {
    await stage.supervisor(stage.threads()).start();
    const each = (id: string) => [`${id} boot`, `${id} ready`];
    expect(stage.notes.all).toEqual(['a', 'b', 'c'].flatMap(each));
  });

  test('are taken down in reverse order when the third of three cannot start', async () => {
    const supervisor = stage.supervisor(stage.threads({ c: { failsAt: [1, 1] } }));
    await expect(supervisor.start()).rejects.toThrow('root gave up: c could not start');
    expect(asked()).toEqual(['b', 'a']);
    expect(stage.ids('child-ended')).toEqual(['c1', 'b1', 'a1']);
  });

  test('and end as soon as they are up are reported and restarted', async () => {
    const supervisor = stage.supervisor([stage.thread('a', { leavesAt: [1] })]);
    await supervisor.start();
    await stage.up('a', 2);
    expect(stage.ids('child-started')).toEqual(['a1', 'a2']);
    expect(stage.ids('child-ended')).toEqual(['a1']);
  });

  test('when added and cannot are refused with the reason, and not kept', async () => {
    const supervisor = stage.supervisor([stage.thread('a')]);
    await supervisor.start();
    const added = supervisor.addChild(stage.thread('b', { failsAt: [1, 1] }));
    await expect(added).rejects.toMatchObject({ cause: { message: 'b1 has nothing' } });
    expect(() => supervisor.child('b')).toThrow('has no child b');
    expect(supervisor.child('a')).toMatchObject({ status: 'running', epoch: 1 });
  });

  test('by hand and cannot stay known and down', async () => {
    const supervisor = stage.supervisor([stage.thread('a', { failsAt: [2, 2] })]);
    await supervisor.start();
    await supervisor.stopChild('a');
    await expect(supervisor.startChild('a')).rejects.toMatchObject({
      cause: { message: 'a2 has nothing' },
    });
    expect(supervisor.counts()).toMatchObject({ specs: 1, active: 0 });
    await supervisor.startChild('a');
    expect(supervisor.child('a')).toMatchObject({ status: 'running', epoch: 3 });
  });
});

describe('a thread that ends by itself', () => {
  test.each([
    ['permanent', 'finish', 'is restarted'],
    ['permanent', 'throw', 'is restarted'],
    ['transient', 'finish', 'is kept, and down'],
    ['transient', 'throw', 'is restarted'],
    ['temporary', 'finish', 'is forgotten'],
    ['temporary', 'throw', 'is forgotten'],
  ] as const)('as a %s child, by a %s, %s', async (restart, how, what) => {
    const thread = stage.thread('a', {}, { restart });
    const supervisor = stage.supervisor([thread]);
    await supervisor.start();
    await stage.end(thread, how);
    if (what === 'is restarted') await stage.up('a', 2);
    else await stage.until(() => stage.ids('child-ended').includes('a1'));
    const { specs, active } = supervisor.counts();
    const expected = {
      'is restarted': [1, 1],
      'is kept, and down': [1, 0],
      'is forgotten': [0, 0],
    };
    expect([specs, active]).toEqual(expected[what]);
  });
});

describe('when the second of three threads fails', () => {
  const epochs = { 'one-for-one': [1, 2, 1], 'one-for-all': [2, 2, 2], 'rest-for-one': [1, 2, 2] };
  const stops = { 'one-for-one': [], 'one-for-all': ['c', 'a'], 'rest-for-one': ['c'] };

  test.each(strategies)(
    'those that hang on it stop in reverse order and start in order: %s',
    async (strategy) => {
      const threads = stage.threads();
      const supervisor = stage.supervisor(threads, { strategy });
      await supervisor.start();
      await stage.end(threads[1], 'throw');
      await stage.up(strategy === 'one-for-one' ? 'b' : 'c', 2);
      expect(supervisor.tree().children.map(({ epoch }) => epoch)).toEqual(epochs[strategy]);
      expect(asked()).toEqual(stops[strategy]);
      const again = stage.ids('child-started').slice(3);
      expect(again).toEqual([...again].sort());
    },
  );

  test.each(['one-for-all', 'rest-for-one'] as const)(
    'a temporary sibling that went down with it does not come back: %s',
    async (strategy) => {
      const threads = [stage.thread('a'), stage.thread('b')];
      const passing = stage.thread('c', {}, { restart: 'temporary' });
      const supervisor = stage.supervisor([...threads, passing], { strategy });
      await supervisor.start();
      await stage.end(threads[1], 'throw');
      await stage.up('b', 2);
      expect(supervisor.tree().children.map(({ id }) => id)).toEqual(['a', 'b']);
    },
  );

  test.each([
    ['rest-for-one', [1, 2, 3]],
    ['one-for-all', [3, 3, 3]],
  ] as const)('and the third cannot start again at first: %s', async (strategy, reached) => {
    const threads = stage.threads({ c: { failsAt: [2, 2] } });
    const supervisor = stage.supervisor(threads, { strategy });
    await supervisor.start();
    await stage.end(threads[1], 'throw');
    await stage.up('c', 3);
    expect(supervisor.tree().children.map(({ epoch }) => epoch)).toEqual(reached);
  });
});

describe('too many failures of threads', () => {
  test.each(strategies)('stop all of them and end the supervisor: %s', async (strategy) => {
    const threads = stage.threads();
    const intensity = { restartsMax: 2, windowMs: hour };
    const supervisor = stage.supervisor(threads, { strategy, intensity });
    await supervisor.start();
    for (const epoch of [2, 3]) {
      await stage.end(threads[2], 'throw');
      await stage.up('c', epoch);
    }
    expect(supervisor.tree().status).toBe('running');
    await stage.end(threads[2], 'throw');
    const message = 'root gave up: too many restarts, the last of c';
    expect(await supervisor.ended).toMatchObject({ reason: 'failed', error: { message } });
    expect(supervisor.counts().active).toBe(0);
    expect(asked().slice(-2)).toEqual(['b', 'a']);
  });

  test('are those to start again, too', async () => {
    const thread = stage.thread('a', { failsAt: [2, 99] });
    const intensity = { restartsMax: 2, windowMs: hour };
    const supervisor = stage.supervisor([thread], { intensity });
    await supervisor.start();
    await stage.end(thread, 'throw');
    expect(await supervisor.ended).toMatchObject({ reason: 'failed' });
    expect(stage.ids('child-ended')).toEqual(['a1', 'a2', 'a3']);
  });

  test('below one supervisor leave the threads below another alone', async () => {
    const intensity = { restartsMax: 1, windowMs: hour };
    const failing = stage.thread('a', { failsAt: [2, 99] });
    const branches = [failing, stage.thread('b')].map((thread) => branch(thread, { intensity }));
    const root = stage.supervisor(branches);
    await root.start();
    await stage.end(failing, 'throw');
    await stage.until(() => stage.ids('child-started').includes('over a2'));
    expect(root.child('over a')).toMatchObject({ epoch: 2, children: [{ id: 'a', epoch: 1 }] });
    expect(root.child('over b')).toMatchObject({ epoch: 1, children: [{ id: 'b', epoch: 1 }] });
    expect(stage.notes.all.filter((note) => note === 'b boot')).toHaveLength(1);
  });
});

function branch(thread: ThreadChild, changes: Partial<SupervisorOptions>): ChildSpec {
  return supervisorChild({
    ...stage.options,
    ...changes,
    id: `over ${thread.id}`,
    restart: 'permanent',
    children: () => [thread],
  });
}

describe('a significant thread', () => {
  const autoShutdown = 'any-significant';
  const significant = (thread: ThreadChild): ChildSpec => ({ ...thread, isSignificant: true });

  test.each([
    ['temporary', 'finish'],
    ['temporary', 'throw'],
    ['transient', 'finish'],
  ] as const)('that is %s takes its supervisor with it by a %s', async (restart, how) => {
    const thread = stage.thread('b', {}, { restart });
    const supervisor = stage.supervisor([stage.thread('a'), significant(thread)], { autoShutdown });
    await supervisor.start();
    await stage.end(thread, how);
    expect(await supervisor.ended).toEqual({ reason: 'normal' });
    expect(asked()).toEqual(['a']);
  });

  test('that is transient and fails is restarted, and stopped by hand it takes nobody with it', async () => {
    const thread = stage.thread('b', {}, { restart: 'transient' });
    const supervisor = stage.supervisor([stage.thread('a'), significant(thread)], { autoShutdown });
    await supervisor.start();
    await stage.end(thread, 'throw');
    await stage.up('b', 2);
    await supervisor.stopChild('b');
    expect(supervisor.tree().status).toBe('running');
    expect(supervisor.child('a')).toMatchObject({ status: 'running', epoch: 1 });
  });
});

describe('a change of what threads there shall be', () => {
  test('restarts those alone whose start has changed', async () => {
    const supervisor = stage.supervisor(stage.threads());
    await supervisor.start();
    const [a, b, c] = stage.threads() as [ThreadChild, ThreadChild, ThreadChild];
    await supervisor.reconfigure({
      children: [a, { ...b, startKey: 'another model' }, { ...c, restart: 'transient' }],
    });
    expect(supervisor.tree().children.map(({ epoch }) => epoch)).toEqual([1, 2, 1]);
    expect(asked()).toEqual(['b']);
  });

  test('stops in reverse order those that go; who comes back has a higher epoch', async () => {
    const threads = stage.threads();
    const supervisor = stage.supervisor(threads, { strategy: 'rest-for-one' });
    await supervisor.start();
    await supervisor.reconfigure({ children: threads.slice(0, 1) });
    expect(asked()).toEqual(['c', 'b']);
    await supervisor.reconfigure({ children: threads });
    expect(supervisor.tree().children.map(({ epoch }) => epoch)).toEqual([1, 2, 2]);
  });

  test('that is faulty is refused as a whole: all run on', async () => {
    const threads = stage.threads();
    const supervisor = stage.supervisor(threads);
    await supervisor.start();
    const faulty = { ...stage.thread('b'), startMs: 0 };
    await expect(supervisor.reconfigure({ children: [faulty] })).rejects.toThrow('startMs');
    expect(supervisor.counts()).toMatchObject({ specs: 3, active: 3 });
    expect(asked()).toEqual([]);
  });
});
