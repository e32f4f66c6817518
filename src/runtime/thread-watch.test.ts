import { afterEach, beforeEach, expect, test } from 'vitest';
import { OneThread } from '../../test/fixtures/one-thread.ts';
import type { Death, ProbeAnswer, ProbeMessage } from '../../test/fixtures/probe-thread.ts';
import type { AskOutcome } from './asker.ts';
import { systemClock } from './clock.ts';
import { UncloneableMessageError } from './post-office.ts';

/** Others may have both cores for a moment: what was once fast enough, is. */
const busyMachine = { retry: 5 };

let stage: OneThread;

beforeEach(async () => {
  stage = new OneThread();
  await stage.supervisor.start();
});

afterEach(() => stage.close());

test.each<Death>(['throw', 'uncaught', 'exit'])(
  'what an actor sent before it died (%s) arrives before the news of it',
  async (how) => {
    const log: unknown[] = [];
    stage.office.register('ear', { name: 'ear', tell: ({ id }: ProbeAnswer) => log.push(id) });
    await new Promise<void>((resolve) => {
      stage.office.watch('alpha/first', () => {
        log.push('down');
        resolve();
      });
      stage.tell({ type: 'burst', count: 500, answerTo: 'main/ear', how });
    });
    expect(log).toEqual([...Array.from({ length: 500 }, (_, n) => n + 1), 'down']);
  },
);

test('when a thread dies every watcher hears once of every actor in it', async () => {
  const heard: string[] = [];
  const watched = ['first', 'second', 'first'].map(
    (actor) =>
      new Promise<void>((resolve) => {
        stage.office.watch(`alpha/${actor}`, ({ reason }) => {
          heard.push(`${actor} ${reason}`);
          resolve();
        });
      }),
  );
  await stage.thread.terminate();
  await Promise.all(watched);
  expect(heard.sort()).toEqual(['first thread-ended', 'first thread-ended', 'second thread-ended']);
  expect(stage.office.watchCount).toBe(0);
});

test('an actor in a thread answers a question', async () => {
  const outcome = await stage.asker.ask<ProbeMessage, string>(
    { from: 'main/a', to: 'alpha/second', deadlineMs: 20_000 },
    (replyTo) => ({ type: 'question', replyTo, reply: true }),
  );
  expect(outcome).toEqual({ outcome: 'answered', answer: 'second' });
});

test('a message that cannot be copied to a thread fails at its sender at once, and harms nobody', async () => {
  const ref = stage.office.ref<unknown>('alpha/second');
  expect(() => ref.tell({ type: 'question', callback: () => {} })).toThrow(UncloneableMessageError);
  const outcome = await stage.asker.ask<ProbeMessage, string>(
    { from: 'main/a', to: 'alpha/second', deadlineMs: 20_000 },
    (replyTo) => ({ type: 'question', replyTo, reply: true }),
  );
  expect(outcome).toEqual({ outcome: 'answered', answer: 'second' });
  expect(stage.supervisor.child('alpha')).toMatchObject({ epoch: 1, status: 'running' });
});

test(
  '10,000 questions to a thread that dies are settled within 10 ms of its end',
  busyMachine,
  async () => {
    const asking: Promise<AskOutcome<string>>[] = [];
    for (let n = 0; n < 10_000; n += 1) {
      const options = { from: 'main/a', to: 'alpha/first', deadlineMs: 60_000 };
      asking.push(stage.asker.ask(options, (replyTo) => ({ type: 'question', replyTo })));
    }
    const settled = Promise.all(asking).then((outcomes) => ({
      outcomes,
      at: systemClock.elapsed(),
    }));
    await stage.thread.terminate();
    const { outcomes, at } = await settled;
    expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(['down']));
    expect(at - stage.goneAt).toBeLessThanOrEqual(10);
    expect(stage.asker.pendingCount).toBe(0);
  },
);
