import { BroadcastChannel } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type {
  Death,
  ProbeAnswer,
  ProbeData,
  ProbeMessage,
} from '../../test/fixtures/probe-thread.ts';
import type { ChildSpec } from './child-spec.ts';
import { type Clock, systemClock } from './clock.ts';
import { DeadLetters } from './dead-letters.ts';
import { type ErrorFacts, errorFacts, errorSentence } from './error-facts.ts';
import { PostOffice } from './post-office.ts';
import { seededRandom } from './seeded-random.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { type SupervisionEvent, Supervisor } from './supervisor.ts';
import { Switchboard } from './switchboard.ts';
import { type ThreadChildOptions, threadChild } from './thread-child.ts';
import type { ThreadControl } from './thread-control.ts';

const entry = new URL('../../test/fixtures/probe-thread.ts', import.meta.url);

/** The main thread of a small engine: a post office, a switchboard, a supervisor over threads. */
class Engine {
  readonly deadLetters = new DeadLetters({ recentMax: 10 });
  readonly office = new PostOffice({ thread: 'main', onDeadLetter: this.deadLetters.record });
  readonly switchboard: Switchboard;
  readonly events: SupervisionEvent[] = [];
  readonly innerEvents: SupervisionEvent[] = [];
  readonly gone: string[] = [];
  supervisor: Supervisor | undefined;
  readonly #heard: ProbeAnswer[] = [];
  readonly #watches = new Set<() => void>();
  #lastId = 0;

  constructor(threads: readonly string[] = []) {
    const links = threads.map((thread) => ['main', thread] as const);
    const onLinkFailed = () => {};
    this.switchboard = new Switchboard({ links, main: this.office, onLinkFailed });
    this.office.register('ear', {
      name: 'ear',
      tell: (answer: ProbeAnswer) => {
        this.#heard.push(answer);
        this.changed();
      },
    });
  }

  thread(
    data: Partial<ProbeData> & { readonly thread: string },
    options: Partial<ThreadChildOptions> = {},
  ) {
    const { thread } = data;
    return threadChild({
      id: thread,
      entry,
      workerData: { restartsMax: 5, ...data } satisfies ProbeData,
      restart: 'permanent',
      startMs: 20_000,
      shutdownMs: 20_000,
      callMs: 20_000,
      resourceLimits: { maxOldGenerationSizeMb: 64 },
      canTerminate: true,
      clock: systemClock,
      onReady: (control) => this.switchboard.up(thread, control),
      onEnded: () => {
        this.switchboard.down(thread);
        this.gone.push(thread);
        this.changed();
      },
      onSupervision: (event) => {
        this.innerEvents.push(event);
        this.changed();
      },
      ...options,
    });
  }

  async run(
    children: readonly ChildSpec[],
    { restartsMax = 5, clock = systemClock }: { restartsMax?: number; clock?: Clock } = {},
  ): Promise<Supervisor> {
    this.supervisor = new Supervisor({
      id: 'root',
      strategy: 'one-for-one',
      intensity: { restartsMax, windowMs: 60_000 },
      backoff: { immediate: 100, minMs: 1, maxMs: 1, jitter: 0, resetAfterMs: 60_000 },
      children,
      clock,
      random: seededRandom(1),
      onEvent: (event) => {
        this.events.push(event);
        this.changed();
      },
    });
    await this.supervisor.start();
    return this.supervisor;
  }

  /** Asks an actor of a thread for a sign of life. */
  async ping(address: string): Promise<ProbeAnswer> {
    this.#lastId += 1;
    const id = this.#lastId;
    this.tell(address, { type: 'ping', id, answerTo: 'main/ear' });
    await this.until(() => this.#heard.some((answer) => answer.id === id));
    return this.#heard.find((answer) => answer.id === id) as ProbeAnswer;
  }

  tell(address: string, message: ProbeMessage): void {
    this.office.ref<ProbeMessage>(address).tell(message);
  }

  /** Resolves when an event made it true: nothing here waits for time to pass. */
  until(isReached: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!isReached()) return;
        this.#watches.delete(check);
        resolve();
      };
      this.#watches.add(check);
      check();
    });
  }

  restarted(id: string, epoch: number): Promise<void> {
    return this.until(() =>
      this.events.some(
        (event) => event.type === 'child-started' && event.id === id && event.epoch === epoch,
      ),
    );
  }

  /** Why `id` was restarted, each time. */
  reasons(id: string): string[] {
    return this.events.flatMap((event) =>
      event.type === 'child-restarting' && event.id === id ? [event.reason] : [],
    );
  }

  /** Who ended, in order. */
  ended(): string[] {
    return this.events.flatMap((event) => (event.type === 'child-ended' ? [event.id] : []));
  }

  changed(): void {
    for (const check of [...this.#watches]) check();
  }
}

let engine: Engine;
const warnings: Error[] = [];
process.on('warning', (warning) => warnings.push(warning));

beforeEach(() => {
  engine = new Engine(['alpha', 'beta']);
});

afterEach(async () => {
  await engine.supervisor?.stop();
  engine.office.close();
  expect(warnings).toEqual([]);
  await turnsUntil(() => openPorts().length === 0);
});

describe('a thread', () => {
  test('starts from source, answers, and leaves when asked', async () => {
    const supervisor = await engine.run([engine.thread({ thread: 'alpha' })]);
    expect(await engine.ping('alpha/first')).toMatchObject({
      actor: 'first',
      threadEpoch: 1,
      actorEpoch: 1,
    });
    await supervisor.stop();
    const exit = { reason: 'stopped' };
    expect(engine.events.at(-1)).toMatchObject({ type: 'child-ended', exit, isRequested: true });
  });

  test('is ready only when its start has ended, and shows its actors then', async () => {
    const supervisor = await engine.run([engine.thread({ thread: 'alpha' })]);
    expect(supervisor.tree()).toEqual({
      id: 'root',
      kind: 'supervisor',
      status: 'running',
      restarts: 0,
      epoch: 1,
      children: [
        {
          id: 'alpha',
          kind: 'thread',
          status: 'running',
          restarts: 0,
          epoch: 1,
          children: [actorNode('first'), actorNode('second')],
        },
      ],
    });
  });

  test.each([
    { start: 'throws', says: 'TypeError: no such database' },
    { start: 'exits', says: 'the thread alpha left with exit code 3' },
  ] as const)('that $start while it starts fails its supervisor with the reason', async (row) => {
    const running = engine.run([engine.thread({ thread: 'alpha', start: row.start })]);
    const error = await running.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(errorSentence(errorFacts(error))).toContain('root gave up: alpha could not start');
    expect(errorSentence(errorFacts(error))).toContain(row.says);
  });

  test('that never gets ready is ended when its time to start is over', async () => {
    const clock = new SimulatedClock();
    const data = { thread: 'alpha', start: 'hangs' } as const;
    const running = engine.run([engine.thread(data, { clock })], { clock });
    clock.advance(20_000);
    const error = await running.catch((reason: unknown) => errorFacts(reason));
    expect(errorSentence(error as ErrorFacts)).toContain(
      'DeadlineError: no answer within 20000 ms',
    );
    expect(clock.pendingCount).toBe(0);
  });

  test('answers control calls, and fails those that make no sense', async () => {
    const alpha = engine.thread({ thread: 'alpha' });
    await engine.run([alpha]);
    const control = alpha.control() as ThreadControl;
    expect(await control.ping()).toBeGreaterThan(0);
    expect(await control.tree()).toMatchObject({ id: 'alpha', children: [{}, {}] });
    await expect(control.crash('third', 'test')).rejects.toThrow('alpha runs no actor third');
  });

  test('settles what is asked of it when it ends, and leaves nothing behind', async () => {
    const alpha = engine.thread({ thread: 'alpha' });
    await engine.run([alpha]);
    const control = alpha.control() as ThreadControl;
    // Its last words: from here on it loops, and answers nobody.
    const loops = new Promise<void>((resolve) => {
      engine.office.register('last-words', { name: 'last-words', tell: () => resolve() });
    });
    const lastWords = { type: 'burst', count: 1, answerTo: 'main/last-words' } as const;
    engine.tell('alpha/first', { ...lastWords, how: 'loop' });
    await loops;
    const asked = Array.from({ length: 50 }, () => control.ping());
    const outcomes = Promise.allSettled(asked);
    await alpha.terminate();
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'ThreadEndedError' } });
    }
    await expect(control.ping()).rejects.toThrow('ended before it answered');
  });
});

describe('an exception in a handler', () => {
  test.each(['throw', 'reject'] as const)(
    'restarts that actor in place (%s); thread and siblings live on',
    async (how) => {
      const supervisor = await engine.run([engine.thread({ thread: 'alpha' })]);
      await engine.ping('alpha/first');
      await engine.ping('alpha/second');
      engine.tell('alpha/first', { type: 'die', how });

      const back = await engine.ping('alpha/first');
      expect(back).toMatchObject({ threadEpoch: 1, actorEpoch: 2, taken: 1 });
      const sibling = await engine.ping('alpha/second');
      expect(sibling).toMatchObject({ threadEpoch: 1, actorEpoch: 1, taken: 2 });
      expect(engine.innerEvents).toContainEqual(
        expect.objectContaining({
          supervisor: 'alpha',
          type: 'child-restarting',
          id: 'first',
          reason: 'RangeError: a bar from the future',
        }),
      );
      await turnsUntil(() => supervisor.tree().children[0]?.children[0]?.status === 'running');
      expect(supervisor.tree().children[0]?.children[0]).toMatchObject({ restarts: 1, epoch: 2 });
    },
  );

  test('can be asked for', async () => {
    const alpha = engine.thread({ thread: 'alpha' });
    await engine.run([alpha]);
    await alpha.control()?.crash('second', 'a test wants it');
    expect(await engine.ping('alpha/second')).toMatchObject({ threadEpoch: 1, actorEpoch: 2 });
    const reason = 'RequestedCrashError: a test wants it';
    expect(engine.innerEvents).toContainEqual(expect.objectContaining({ id: 'second', reason }));
  });

  test('that comes too often ends the thread, and the thread is restarted', async () => {
    await engine.run([engine.thread({ thread: 'alpha', restartsMax: 1 })]);
    engine.tell('alpha/first', { type: 'die', how: 'throw' });
    engine.tell('alpha/first', { type: 'die', how: 'throw' });
    await engine.restarted('alpha', 2);
    expect(await engine.ping('alpha/first')).toMatchObject({ threadEpoch: 2, actorEpoch: 1 });
    expect(engine.reasons('alpha')).toEqual([
      'SupervisorFailedError: alpha gave up: too many restarts, the last of first <- RangeError: a bar from the future',
    ]);
  });
});

describe('the death of a thread', () => {
  test.each<{ how: Death; reason: string }>([
    { how: 'uncaught', reason: 'Error: thrown where nobody catches' },
    { how: 'unhandled-rejection', reason: 'Error: nobody waits for this' },
    { how: 'throw-42', reason: 'NonError: 42' },
    { how: 'overflow', reason: 'RangeError: Maximum call stack size exceeded' },
    { how: 'exit', reason: 'ThreadExitError: the thread alpha left with exit code 7' },
    { how: 'heap', reason: 'reaching memory limit' },
  ])('by $how restarts it, and messages flow again', async ({ how, reason }) => {
    await engine.run([engine.thread({ thread: 'alpha' }), engine.thread({ thread: 'beta' })]);
    await engine.ping('beta/first');
    engine.tell('alpha/first', { type: 'die', how });

    await engine.restarted('alpha', 2);
    expect(await engine.ping('alpha/second')).toMatchObject({ threadEpoch: 2, actorEpoch: 1 });
    expect(engine.reasons('alpha')).toEqual([expect.stringContaining(reason)]);
    // Its sibling has the memory it had.
    expect(await engine.ping('beta/first')).toMatchObject({ threadEpoch: 1, taken: 2 });
  });

  test('by termination restarts it, and messages flow again', async () => {
    const alpha = engine.thread({ thread: 'alpha' });
    await engine.run([alpha]);
    expect(await alpha.terminate()).toBe(true);
    await engine.restarted('alpha', 2);
    expect(await engine.ping('alpha/first')).toMatchObject({ threadEpoch: 2 });
  });

  test('too often fails its supervisor, which stops its siblings', async () => {
    const alpha = engine.thread({ thread: 'alpha' });
    const children = [alpha, engine.thread({ thread: 'beta' })];
    const supervisor = await engine.run(children, { restartsMax: 1 });
    await alpha.terminate();
    await engine.restarted('alpha', 2);
    await alpha.terminate();
    expect(await supervisor.ended).toMatchObject({
      reason: 'failed',
      error: { message: 'root gave up: too many restarts, the last of alpha' },
    });
    expect(engine.ended()).toEqual(['alpha', 'alpha', 'beta']);
  });
});

describe('a stop', () => {
  test('takes threads down in reverse order', async () => {
    const children = ['alpha', 'beta'].map((thread) => engine.thread({ thread }));
    const supervisor = await engine.run(children);
    await supervisor.stop();
    expect(engine.ended()).toEqual(['beta', 'alpha']);
  });

  test('terminates a thread in an endless loop when its deadline is over', async () => {
    const clock = new SimulatedClock();
    const alpha = engine.thread({ thread: 'alpha' }, { clock });
    const supervisor = await engine.run([alpha], { clock });
    engine.tell('alpha/first', { type: 'die', how: 'loop' });
    const stopped = supervisor.stop();
    clock.advance(20_000);
    await stopped;
    expect(engine.events).toContainEqual(
      expect.objectContaining({ type: 'child-stop-forced', id: 'alpha', result: 'killed' }),
    );
  });

  test('that fails inside the thread is said, and force follows', async () => {
    const supervisor = await engine.run([engine.thread({ thread: 'alpha', stop: 'throws' })]);
    await supervisor.stop();
    const forced = engine.events.find((event) => event.type === 'child-stop-forced');
    expect(forced).toMatchObject({ result: 'killed' });
    expect(forced?.error?.message).toContain('the journal did not close');
  });

  test('leaves a thread that may not be terminated, and says so', async () => {
    const clock = new SimulatedClock();
    const options = { clock, canTerminate: false };
    const inference = engine.thread({ thread: 'alpha', stop: 'hangs' }, options);
    const supervisor = await engine.run([inference], { clock });
    expect(await inference.terminate()).toBe(false);
    const stopped = supervisor.stop();
    clock.advance(20_000);
    await stopped;
    const forced = { type: 'child-stop-forced', id: 'alpha', result: 'abandoned' };
    expect(engine.events).toContainEqual(expect.objectContaining(forced));

    const channel = new BroadcastChannel('probe-release');
    channel.postMessage('leave');
    await engine.until(() => engine.gone.includes('alpha'));
    channel.close();
  });

  test('of a thread that was left behind comes late, and takes nothing from its successor', async () => {
    const clock = new SimulatedClock();
    const options = { clock, canTerminate: false };
    const inference = engine.thread({ thread: 'alpha', stop: 'hangs' }, options);
    const supervisor = await engine.run([inference], { clock });
    const restarted = supervisor.restartChild('alpha', 'operator');
    clock.advance(20_000);
    await restarted;
    expect(await engine.ping('alpha/first')).toMatchObject({ threadEpoch: 2 });

    const channel = new BroadcastChannel('probe-release');
    const portsOfBoth = openPorts().length;
    channel.postMessage('leave');
    await turnsUntil(() => openPorts().length < portsOfBoth);
    channel.close();
    expect(engine.gone).toEqual([]);
    expect(await engine.ping('alpha/first')).toMatchObject({ threadEpoch: 2, taken: 2 });
  });

  test('of a thread that starts ends it', async () => {
    const started = engine.run([engine.thread({ thread: 'alpha', start: 'hangs' })]);
    const refused = started.catch((error: unknown) => errorFacts(error).name);
    await engine.supervisor?.stop();
    expect(await refused).toBe('SupervisorStoppedError');
  });
});

/** A thread holds ports of the main thread until it is gone. */
function openPorts(): string[] {
  return process.getActiveResourcesInfo().filter((name) => name === 'MessagePort');
}

/** Lets the event loop turn until it is so: threads and ports go in their own time. */
async function turnsUntil(isReached: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1_000_000 && !isReached(); turn += 1) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  expect(isReached()).toBe(true);
}

function actorNode(id: string) {
  return { id, kind: 'actor', status: 'running', restarts: 0, epoch: 1, children: [] };
}
