import type { ChildSpec, RestartType } from './child-spec.ts';
import { Supervisor, type SupervisorOptions } from './supervisor.ts';

export type SupervisorChildOptions = Omit<SupervisorOptions, 'children'> & {
  readonly restart: RestartType;
  /** Called at every start: children that were added to an earlier incarnation come back only if they are among these. */
  readonly children: () => readonly ChildSpec[];
};

/** A child spec with access to the supervisor that runs under it. */
export type SupervisorChild = ChildSpec & {
  /** Absent while it is down. */
  current(): Supervisor | undefined;
};

/** A supervisor as the child of another. Once spent it ends with a failure, and its parent decides. */
export function supervisorChild(options: SupervisorChildOptions): SupervisorChild {
  const { id, restart } = options;
  let current: Supervisor | undefined;
  return {
    id,
    kind: 'supervisor',
    restart,
    shutdownMs: Number.POSITIVE_INFINITY,
    startMs: Number.POSITIVE_INFINITY,
    current: () => current,
    start: async ({ signal }) => {
      const supervisor = new Supervisor({ ...options, children: options.children() });
      const onAbort = () => void supervisor.stop();
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        await supervisor.start();
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
      current = supervisor;
      void supervisor.ended.then(() => {
        if (current === supervisor) current = undefined;
      });
      return {
        ended: supervisor.ended,
        stop: (deadlineMs) => supervisor.stop(deadlineMs),
        kill: () => supervisor.stop(0),
        tree: () => supervisor.tree(),
      };
    },
  };
}
