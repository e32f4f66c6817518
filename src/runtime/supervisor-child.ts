import type { ChildSpec, RestartType } from './child-spec.ts';
import { Supervisor, type SupervisorOptions } from './supervisor.ts';

export type SupervisorChildOptions = Omit<SupervisorOptions, 'children'> & {
  readonly restart: RestartType;
  /** Called at every start; nothing to do where it gives nothing. Children that were added to an earlier incarnation come back only if they are among these. */
  readonly children: () => readonly ChildSpec[] | undefined;
  readonly isSignificant?: boolean;
};

/** A child spec with access to the supervisor that runs under it. */
export type SupervisorChild = ChildSpec & {
  /** From the beginning of its start on: also while it starts it can be asked. Absent while it is down. */
  current(): Supervisor | undefined;
};

/** A supervisor as the child of another. Once spent it ends with a failure, and its parent decides. */
export function supervisorChild(options: SupervisorChildOptions): SupervisorChild {
  const { id, restart, isSignificant = false } = options;
  let current: Supervisor | undefined;
  return {
    id,
    kind: 'supervisor',
    restart,
    isSignificant,
    shutdownMs: Number.POSITIVE_INFINITY,
    startMs: Number.POSITIVE_INFINITY,
    current: () => current,
    start: async ({ signal }) => {
      const children = options.children();
      if (!children) return undefined;
      const supervisor = new Supervisor({ ...options, children });
      current = supervisor;
      void supervisor.ended.then(() => {
        if (current === supervisor) current = undefined;
      });
      const onAbort = () => void supervisor.stop();
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        await supervisor.start();
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
      return {
        ended: supervisor.ended,
        stop: (deadlineMs) => supervisor.stop(deadlineMs),
        kill: () => supervisor.stop(0),
        tree: () => supervisor.tree(),
      };
    },
  };
}
