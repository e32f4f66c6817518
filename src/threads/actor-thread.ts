/** What every thread of the engine is made of: a post office, and a supervisor over its actors. */
import { parentPort } from 'node:worker_threads';
import { assert } from '../domain/assert.ts';
import type { ActorRef } from '../runtime/actor.ts';
import type { ChildSpec } from '../runtime/child-spec.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { type DeadLetter, DeadLetters } from '../runtime/dead-letters.ts';
import { PostOffice } from '../runtime/post-office.ts';
import { seededRandom } from '../runtime/seeded-random.ts';
import { serveThread, type ThreadHandlers, threadData } from '../runtime/serve-thread.ts';
import { Supervisor, type SupervisorOptions } from '../runtime/supervisor.ts';

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
};

export type ActorThread = {
  /** In start order. */
  readonly actors: readonly ThreadActor[];
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
  assert(parentPort, 'only a thread can run a thread');
  const { data, epoch } = threadData<Data>();
  return serveThread({
    port: parentPort,
    epoch,
    start: async ({ report }) => {
      const letters = new DeadLetters({ recentMax: 100 });
      const office = new PostOffice({ thread: data.thread, onDeadLetter: letters.record });
      const means = { data, office, clock: systemClock, onDeadLetter: letters.record };
      return startActors(means, await build(means), report);
    },
  });
}

/** Supervises the actors of a thread. */
export async function startActors(
  { data: { thread: name }, office, clock }: ThreadMeans<{ readonly thread: string }>,
  { actors, release }: ActorThread,
  report: SupervisorOptions['onEvent'],
): Promise<ThreadHandlers> {
  for (const actor of actors) office.register(actor.id, actor.ref);
  const supervisor = new Supervisor({
    id: name,
    strategy: 'one-for-one',
    intensity: actorIntensity,
    backoff: actorBackoff,
    children: actors,
    clock,
    random: seededRandom(1),
    onEvent: report,
  });
  try {
    await supervisor.start();
  } catch (error) {
    await release?.();
    throw error;
  }
  return {
    connect: (peer, port) => office.connect(peer, port),
    stop: async (deadlineMs) => {
      await supervisor.stop(deadlineMs);
      await release?.();
      office.close();
    },
    crash: (id, reason) => {
      const isThere = actors.find((actor) => actor.id === id)?.crash(reason) ?? false;
      if (!isThere) throw new UnknownActorError(name, id);
    },
    tree: () => supervisor.tree(),
    ended: supervisor.ended,
  };
}

class UnknownActorError extends Error {
  override readonly name = 'UnknownActorError';
  constructor(thread: string, actor: string) {
    super(`no actor ${actor} runs in the thread ${thread}`);
  }
}
