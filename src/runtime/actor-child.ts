import type { ActorRef } from './actor.ts';
import { ActorCell, type ActorCellOptions, type MakeActor } from './actor-cell.ts';
import type { ChildSpec, RestartType, RunningChild, StartContext } from './child-spec.ts';
import type { Incarnation } from './incarnation.ts';

export type ActorChildOptions<Message> = Omit<ActorCellOptions<Message>, 'name' | 'releaseMs'> & {
  readonly id: string;
  readonly restart: RestartType;
  readonly shutdownMs: number;
  readonly startMs: number;
  readonly start: MakeActor<Message>;
};

/** A child spec with the ref of its actor, good before the first start and over every restart. */
export type ActorChild<Message> = Omit<ChildSpec, 'start'> & {
  start(context: StartContext): Promise<RunningChild>;
  readonly ref: ActorRef<Message>;
  /** Throws inside the running actor; its supervisor decides what follows. False when it is not running. */
  crash(reason: string): boolean;
  /** What the running actor started has failed where nobody catches: it crashes by that. False when it is not running. */
  fail(error: unknown): boolean;
};

class ActorAbandonedError extends Error {
  override readonly name = 'ActorAbandonedError';
  constructor(id: string) {
    super(`the actor ${id} did not stop in time and was given up`);
  }
}

/** An actor of this thread, restarted in place: its successor takes over the ref and the mailbox. */
export function actorChild<Message>(options: ActorChildOptions<Message>): ActorChild<Message> {
  const { id, restart, shutdownMs, startMs, start, ...cellOptions } = options;
  const cell = new ActorCell<Message>({ ...cellOptions, name: id, releaseMs: shutdownMs });
  let running: Incarnation<Message> | undefined;
  return {
    id,
    kind: 'actor',
    restart,
    shutdownMs,
    startMs,
    ref: cell.ref,
    start: async ({ epoch, signal }) => {
      const own = await cell.start(epoch, signal, start);
      running = own;
      void own.ended.then(() => {
        if (running === own) running = undefined;
      });
      return runningActor(id, own);
    },
    retired: () => cell.close(),
    crash: (reason) => {
      running?.crash(reason);
      return running !== undefined;
    },
    fail: (error) => {
      running?.fail(error);
      return running !== undefined;
    },
  };
}

function runningActor<Message>(id: string, own: Incarnation<Message>): RunningChild {
  return {
    ended: own.ended,
    stop: async () => {
      own.stop();
      await own.ended;
    },
    kill: async () => own.kill(new ActorAbandonedError(id)),
  };
}
