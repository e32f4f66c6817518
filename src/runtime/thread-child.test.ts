import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type {
  Death,
  ProbeAnswer,
  ProbeData,
  ProbeMessage,
} from '../../test/fixtures/probe-thread.ts';
import { actorChild } from './actor-child.ts';
import type { ChildSpec } from './child-spec.ts';
import { systemClock } from './clock.ts';
import { DeadLetters } from './dead-letters.ts';
import { PostOffice } from './post-office.ts';
import { seededRandom } from './seeded-random.ts';
import { type SupervisionEvent, Supervisor } from './supervisor.ts';
import { Switchboard } from './switchboard.ts';
import { type ThreadChild, threadChild } from './thread-child.ts';

const entry = new URL('../../test/fixtures/probe-thread.ts', import.meta.url);

/** The main thread of a small engine: a post office, a switchboard, a supervisor over threads. */
class Engine {
  readonly deadLetters = new DeadLetters({ recentMax: 10 });
  readonly office = new PostOffice({ thread: 'main', onDeadLetter: this.deadLetters.record });
  readonly switchboard: Switchboard;
  readonly events: SupervisionEvent[] = [];
  readonly innerEvents: SupervisionEvent[] = [];
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

  thread(data: Partial<ProbeData> & { readonly thread: string }, spec: Partial<ChildSpec> = {}) {
    const { thread } = data;
    return threadChild({
      id: thread,
      entry,
      workerData: { restartsMax: 5, ...data } satisfies ProbeData,
      restart: 'permanent',
      startMs: 20_000,
      shutdownMs: 2_000,
      callMs: 2_000,
      resourceLimits: { maxOldGenerationSizeMb: 64 },
      canTerminate: true,
      clock: systemClock,
      onReady: (control) => this.switchboard.up(thread, control),
      onEnded: () => this.switchboard.down(thread),
      onSupervision: (event) => {
        this.innerEvents.push(event);
        this.changed();
      },
      ...spec,
    });
  }

  async run(children: readonly ChildSpec[], restartsMax = 5): Promise<Supervisor> {
    this.supervisor = new Supervisor({
      id: 'root',
      strategy: 'one-for-one',
      intensity: { restartsMax, windowMs: 60_000 },
      backoff: { immediate: 100, minMs: 1, maxMs: 1, jitter: 0, resetAfterMs: 60_000 },
      children,
      clock: systemClock,
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

  changed(): void {
    for (const check of [...this.#watches]) check();
  }
}

describe('a thread', () => {
  test('starts from source, answers, and leaves when asked', async () => {
    const engine = new Engine(['alpha']);
    const supervisor = await engine.run([engine.thread({ thread: 'alpha' })]);
    const answer = await engine.ping('alpha/first');
    expect(answer).toMatchObject({ actor: 'first', threadEpoch: 1, actorEpoch: 1 });
    await supervisor.stop();
    expect(engine.events.at(-1)).toMatchObject({
      type: 'child-ended',
      exit: { reason: 'stopped' },
    });
  });
});
