/** What every thread of the engine is made of: a post office, and a supervisor over its actors. */
import type { ObserverMessage } from '../actors/observer.ts';
import type { ActorRef } from '../runtime/actor.ts';
import type { ChildSpec } from '../runtime/child-spec.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import type { DeadLetter } from '../runtime/dead-letters.ts';
import { PostOffice } from '../runtime/post-office.ts';
import { seededRandom } from '../runtime/seeded-random.ts';
import {
  serveThread,
  type ThreadHandlers,
  threadData,
  threadPort,
} from '../runtime/serve-thread.ts';
import { Supervisor, type SupervisorOptions } from '../runtime/supervisor.ts';
import { supervisorChild } from '../runtime/supervisor-child.ts';
import { TimerWheel } from '../runtime/timer-wheel.ts';
import { LetterReport } from './letter-report.ts';
import { addresses } from './thread-data.ts';

export type ThreadMeans<Data> = {
  readonly data: Data;
  readonly office: PostOffice;
  readonly clock: Clock;
  readonly onDeadLetter: (letter: DeadLetter) => void;
  /** When an actor with mail gets its next turn; default: that of `ActorCell`. */
  readonly schedule?: ((turn: () => void) => void) | undefined;
};

/** An actor of a thread: a child that can be addressed and crashed. */
export type ThreadActor = ChildSpec & {
  readonly ref: ActorRef<never>;
  crash(reason: string): boolean;
  fail(error: unknown): boolean;
};

/** Somebody who shares a thread: moves with his address, and spends a budget of his own. */
export type Resident = { readonly name: string; readonly actors: readonly ThreadActor[] };

/** What the host of many may do with them while it runs. */
export type Residents = {
  /** From now on these live here: others stop, new ones start, the rest does not notice. */
  settle(residents: readonly Resident[]): Promise<void>;
  /** Stops one in order and starts it again. */
  restart(name: string, reason: string): Promise<void>;
};

export type ActorThread = {
  /** In start order. */
  readonly actors: readonly ThreadActor[];
  /** Those who live here from the beginning; it is told how to change that. */
  readonly residents?: (residents: Residents) => readonly Resident[];
  /** Called last, when every actor has stopped. */
  readonly release?: () => void | Promise<void>;
};

/** An actor that crashes more often than this takes its thread with it: a fresh one may help. */
export const actorIntensity = { restartsMax: 5, windowMs: 60_000 } as const;
export const actorBackoff: SupervisorOptions['backoff'] = {
  immediate: 2,
  minMs: 100,
  maxMs: 5_000,
  jitter: 0.2,
  resetAfterMs: 10_000,
};

/** Runs this thread under `name` until it is asked to stop. */
export function runActorThread<Data extends { readonly thread: string }>(
  build: (means: ThreadMeans<Data>) => Promise<ActorThread>,
): Promise<void> {
  const { data, epoch } = threadData<Data>();
  const clock = new TimerWheel(systemClock);
  return serveThread({
    port: threadPort(),
    epoch,
    start: async ({ report }) => {
      const letters = new LetterReport({
        thread: data.thread,
        clock,
        tell: (message) => office.ref<ObserverMessage>(addresses.observer).tell(message),
      });
      const office = new PostOffice({ thread: data.thread, onDeadLetter: letters.record });
      // Whoever ends the thread does not take with it what others have said.
      process.once('exit', () => office.letGo());
      const means = { data, office, clock, onDeadLetter: letters.record };
      return startActors(means, await build(means), report);
    },
  });
}

/** Supervises the actors of a thread, and those who share it. */
export async function startActors(
  means: ThreadMeans<{ readonly thread: string }>,
  thread: ActorThread,
  report: SupervisorOptions['onEvent'],
): Promise<ThreadHandlers> {
  const { office } = means;
  for (const actor of thread.actors) office.register(actor.id, actor.ref);
  const house = new House(means, thread, report);
  try {
    await house.supervisor.start();
  } catch (error) {
    await thread.release?.();
    throw error;
  }
  return {
    connect: (peer, port, residents) => office.connect(peer, port, residents),
    stop: async (deadlineMs) => {
      await house.supervisor.stop(deadlineMs);
      await thread.release?.();
      office.close();
    },
    crash: (id, reason) => {
      if (!house.crash(id, reason)) throw new UnknownActorError(means.data.thread, id);
    },
    residentFailed: (resident, error) => house.fail(resident, error),
    tree: () => house.supervisor.tree(),
    ended: house.supervisor.ended,
  };
}

/** The supervisor of a thread, over its own actors and over a supervisor for each resident. */
class House {
  readonly supervisor: Supervisor;
  readonly #means: ThreadMeans<{ readonly thread: string }>;
  readonly #actors: readonly ThreadActor[];
  readonly #report: SupervisorOptions['onEvent'];
  #residents: ReadonlyMap<string, Resident> = new Map();

  constructor(
    means: ThreadMeans<{ readonly thread: string }>,
    { actors, residents }: ActorThread,
    report: SupervisorOptions['onEvent'],
  ) {
    this.#means = means;
    this.#actors = actors;
    this.#report = report;
    const first = residents?.({
      settle: (next) => this.supervisor.reconfigure({ children: this.#childrenOf(next) }),
      restart: (name, reason) => this.supervisor.restartChild(name, reason),
    });
    this.supervisor = new Supervisor({
      ...this.#policy(means.data.thread),
      children: this.#childrenOf(first ?? []),
      // Residents do not need each other; actors of one thread may.
      order: residents === undefined ? 'sequential' : 'parallel',
    });
  }

  /** @param id of an actor of the thread, or the address of a resident's */
  crash(id: string, reason: string): boolean {
    const slash = Math.max(0, id.indexOf('/'));
    const actors = this.#residents.get(id.slice(0, slash))?.actors ?? this.#actors;
    const actor = slash === 0 ? id : id.slice(slash + 1);
    return actors.find((each) => each.id === actor)?.crash(reason) ?? false;
  }

  /** What nobody caught: a resident's only actor crashes by it, in place, and so does that of a thread that one has to himself. */
  fail(resident: string, error: unknown): boolean {
    const isAlone = resident === this.#means.data.thread;
    const actors = isAlone ? this.#actors : (this.#residents.get(resident)?.actors ?? []);
    const [only, ...others] = actors;
    return only !== undefined && others.length === 0 && only.fail(error);
  }

  #childrenOf(residents: readonly Resident[]): readonly ChildSpec[] {
    const { office } = this.#means;
    const former = this.#residents;
    this.#residents = new Map(
      residents.map((resident) => [resident.name, former.get(resident.name) ?? resident]),
    );
    for (const { name, actors } of former.values()) {
      if (!this.#residents.has(name)) this.#moveOut(name, actors);
    }
    for (const { name, actors } of this.#residents.values()) {
      if (former.has(name)) continue;
      office.host(name);
      for (const actor of actors) office.register(actor.id, actor.ref, name);
    }
    return [...this.#actors, ...[...this.#residents.values()].map((each) => this.#keeper(each))];
  }

  #moveOut(name: string, actors: readonly ThreadActor[]): void {
    this.#means.office.unhost(name);
    for (const { id } of actors) this.#means.office.unregister(id, name);
  }

  /** Spent, it is not started again here: who lives beside it pays nothing, and main hears of it. */
  #keeper({ name, actors }: Resident): ChildSpec {
    return supervisorChild({
      ...this.#policy(name),
      restart: 'temporary',
      children: () => actors,
      firstStart: 'restart',
    });
  }

  #policy(id: string): Omit<SupervisorOptions, 'children'> {
    return {
      id,
      strategy: 'one-for-one',
      intensity: actorIntensity,
      backoff: actorBackoff,
      clock: this.#means.clock,
      random: seededRandom(1),
      onEvent: this.#report,
    };
  }
}

class UnknownActorError extends Error {
  override readonly name = 'UnknownActorError';
  constructor(thread: string, actor: string) {
    super(`no actor ${actor} runs in the thread ${thread}`);
  }
}
