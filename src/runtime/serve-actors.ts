import type { ActorChild } from './actor-child.ts';
import type { ChildSpec } from './child-spec.ts';
import type { Clock } from './clock.ts';
import type { NodePort } from './comlink-endpoint.ts';
import type { DeadLetter } from './dead-letters.ts';
import { PostOffice } from './post-office.ts';
import { serveThread, type ThreadContext, type ThreadHandlers } from './serve-thread.ts';
import type { SupervisionPolicy } from './supervision-state.ts';
import { type SupervisionEvent, Supervisor } from './supervisor.ts';

/** A child of a thread: an actor, reachable from other threads under its id, or anything else that can be supervised. */
export type ThreadMember = ChildSpec & Partial<Pick<ActorChild<never>, 'ref' | 'crash'>>;

export type ThreadPlan = {
  /** In start order. */
  readonly children: readonly ThreadMember[];
  /** Called when every child is down, before the thread leaves: closes what they shared. */
  readonly released?: () => void | Promise<void>;
};

export type ServeActorsOptions = Pick<SupervisionPolicy, 'strategy' | 'intensity' | 'backoff'> & {
  /** The name of this thread, as other threads address it. */
  readonly thread: string;
  readonly port: NodePort;
  readonly epoch: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onDeadLetter: (letter: DeadLetter) => void;
  readonly onEvent?: (event: SupervisionEvent) => void;
  readonly leave?: (code: number) => void;
  /** Builds the thread's actors. They reach other threads once this one is ready, not while they start. */
  readonly build: (office: PostOffice) => ThreadPlan | Promise<ThreadPlan>;
};

export class UnknownActorError extends Error {
  override readonly name = 'UnknownActorError';
  constructor(thread: string, actor: string, known: readonly string[]) {
    super(`${thread} runs no actor ${actor}, it runs ${known.join(', ') || 'none'}`);
  }
}

/** A thread that runs supervised actors: the whole of a thread's entry, but for what its actors are. */
export function serveActors(options: ServeActorsOptions): Promise<void> {
  const { port, epoch, leave } = options;
  return serveThread({
    port,
    epoch,
    ...(leave && { leave }),
    start: (context) => startActors(options, context),
  });
}

async function startActors(
  options: ServeActorsOptions,
  context: ThreadContext,
): Promise<ThreadHandlers> {
  const { thread, onDeadLetter, clock, random, strategy, intensity, backoff } = options;
  const office = new PostOffice({ thread, onDeadLetter });
  const { children, released } = await options.build(office);
  for (const { id, ref } of children) if (ref) office.register(id, ref);
  const onEvent = (event: SupervisionEvent) => {
    options.onEvent?.(event);
    context.report(event);
  };
  const policy = { strategy, intensity, backoff };
  const supervisor = new Supervisor({ id: thread, children, clock, random, onEvent, ...policy });
  await supervisor.start();
  return {
    ended: supervisor.ended,
    connect: (peer, port) => office.connect(peer, port),
    tree: () => supervisor.tree(),
    crash: (actor, reason) => crash(thread, children, actor, reason),
    stop: async (deadlineMs) => {
      await supervisor.stop(deadlineMs);
      office.close();
      await released?.();
    },
  };
}

function crash(
  thread: string,
  children: readonly ThreadMember[],
  actor: string,
  reason: string,
): void {
  const target = children.find(({ id }) => id === actor);
  if (target?.crash?.(reason)) return;
  const known = children.filter((child) => child.crash).map(({ id }) => id);
  throw new UnknownActorError(thread, actor, known);
}
