import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SupervisorStoppedError } from '../../src/runtime/supervisor-errors.ts';
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

describe('a stop of threads', () => {
  test('takes them down one after another, in reverse order, whoever asks how often', async () => {
    const supervisor = stage.supervisor(stage.threads());
    await supervisor.start();
    await Promise.all([supervisor.stop(), supervisor.stop()]);
    await supervisor.stop();
    const each = (id: string) => [`${id} asked`, `${id} gone`];
    expect(stage.notes.all.slice(6)).toEqual(['c', 'b', 'a'].flatMap(each));
    expect(stage.ids('child-ended')).toEqual(['c1', 'b1', 'a1']);
  });

  test('side by side waits for the slowest: all have been asked before one is gone', async () => {
    const stopsAfter = ['a asked', 'b asked', 'c asked'];
    const threads = ['a', 'b', 'c'].map((id) => stage.thread(id, { stopsAfter }));
    const supervisor = stage.supervisor(threads, { order: 'parallel' });
    await supervisor.start();
    await supervisor.stop();
    expect(stage.ids('child-stop-forced')).toEqual([]);
    expect(stage.notes.all.slice(-3).sort()).toEqual(['a gone', 'b gone', 'c gone']);
  });

  test('kills those that do not obey, at one deadline for all, and leaves the obedient in peace', async () => {
    const deaf = { stopsAfter: 'never' } as const;
    const threads = stage.threads({ a: deaf, c: deaf });
    const supervisor = stage.supervisor(threads, { order: 'parallel' });
    await supervisor.start();
    await supervisor.stop(300);
    expect(stage.ids('child-stop-forced').sort()).toEqual(['a1', 'c1']);
    expect(stage.notes.all.filter((note) => note.endsWith('gone'))).toEqual(['b gone']);
    expect(stage.ids('child-ended').sort()).toEqual(['a1', 'b1', 'c1']);
  });

  test('without time kills unasked', async () => {
    const supervisor = stage.supervisor([stage.thread('a', {}, { shutdownMs: 0 })]);
    await supervisor.start();
    await supervisor.stop();
    expect(stage.notes.all).toEqual(['a boot', 'a ready']);
  });

  test('reports once whoever ends by itself meanwhile, and restarts nobody', async () => {
    const threads = stage.threads({ c: { stopsAfter: ['a gone'] } });
    const supervisor = stage.supervisor(threads);
    await supervisor.start();
    const stopped = supervisor.stop();
    await stage.end(threads[0], 'finish');
    await stopped;
    expect(stage.ids('child-ended')).toEqual(['a1', 'c1', 'b1']);
    expect(stage.ids('child-restarting')).toEqual([]);
    expect(stage.ids('child-started')).toEqual(['a1', 'b1', 'c1']);
  });

  test.each(strategies)('ends a restart loop: %s', async (strategy) => {
    const threads = stage.threads({ b: { failsAt: [2, 9_999] } });
    const intensity = { restartsMax: 9_999, windowMs: hour };
    const supervisor = stage.supervisor(threads, { strategy, intensity });
    await supervisor.start();
    await stage.end(threads[1], 'throw');
    await stage.until(() => stage.ids('child-restarting').length > 3);
    await supervisor.stop();
    expect(supervisor.counts().active).toBe(0);
  });

  test('cancels the restart that a thread waits for', async () => {
    const backoff = { immediate: 0, minMs: hour, maxMs: hour, jitter: 0, resetAfterMs: hour };
    const threads = stage.threads();
    const supervisor = stage.supervisor(threads, { backoff });
    await supervisor.start();
    for (const thread of threads.slice(0, 2)) await stage.end(thread, 'throw');
    await stage.until(() => stage.ids('child-restarting').length === 2);
    expect(supervisor.counts()).toMatchObject({ specs: 3, active: 1 });
    await supervisor.stopChild('b');
    expect(supervisor.child('b').status).not.toBe('restarting');
    await supervisor.stop();
    expect(stage.ids('child-started')).toEqual(['a1', 'b1', 'c1']);
  });
});

describe('a thread that is asked for something in the wrong state', () => {
  test('is refused by the name of that state, and obeys in the right one', async () => {
    const threads = stage.threads();
    const supervisor = stage.supervisor(threads);
    await supervisor.start();
    const started = { name: 'DuplicateChildError', state: 'already-started' };
    await expect(supervisor.addChild(stage.thread('a'))).rejects.toMatchObject(started);
    await expect(supervisor.startChild('a')).rejects.toMatchObject({ state: 'running' });
    await expect(supervisor.deleteChild('a')).rejects.toMatchObject({ state: 'running' });
    await supervisor.stopChild('a');
    await supervisor.stopChild('a');
    const present = { name: 'DuplicateChildError', state: 'already-present' };
    await expect(supervisor.addChild(stage.thread('a'))).rejects.toMatchObject(present);
    await supervisor.startChild('a');
    await supervisor.restartChild('a', 'test');
    expect(supervisor.child('a')).toMatchObject({ epoch: 3, status: 'running' });
    await supervisor.stopChild('a');
    await supervisor.deleteChild('a');
    await expect(supervisor.startChild('a')).rejects.toThrow('has no child a');
    expect(supervisor.counts()).toMatchObject({ specs: 2, active: 2 });
  });

  test('fails at once when its supervisor is over', async () => {
    const supervisor = stage.supervisor([stage.thread('a')]);
    await supervisor.start();
    await supervisor.stop();
    await expect(supervisor.addChild(stage.thread('b'))).rejects.toThrow(SupervisorStoppedError);
    await expect(supervisor.startChild('a')).rejects.toThrow(SupervisorStoppedError);
  });
});
