import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { expose } from 'comlink';
import { assert, unreachable } from '../domain/assert.ts';
import type { ChildExit, TreeNode } from './child-spec.ts';
import { systemClock } from './clock.ts';
import { comlinkEndpoint, type NodePort } from './comlink-endpoint.ts';
import { actAs, presentCulprit, recordCulprits } from './culprit.ts';
import { errorFacts } from './error-facts.ts';
import { preparedHarm } from './harm.ts';
import { beat, type Pulse } from './pulse.ts';
import type { SupervisionEvent } from './supervisor.ts';
import type { ThreadNotice, ThreadService } from './thread-protocol.ts';

/** What a thread does when it is asked. */
export type ThreadHandlers = Omit<ThreadService, 'ping' | 'tree' | 'harm'> & {
  tree(): TreeNode;
  /**
   * Something in the name of a resident has failed where nobody catches. True when he crashed in place by it; else, and without
   * this, the thread ends.
   */
  residentFailed?(resident: string, error: unknown): boolean;
  /** When the thread's own supervisor is over. A failure ends the thread, and the main thread hears why. */
  readonly ended?: Promise<ChildExit>;
};

export type ThreadContext = {
  /** Sends what the thread's supervisor did to the main thread. */
  report(event: SupervisionEvent): void;
  /** Which incarnation of the thread this is, from 1. */
  readonly epoch: number;
};

export type ServeThreadOptions = {
  /** `parentPort` in a thread. */
  readonly port: NodePort;
  /** Builds everything. The thread counts as ready when this resolves; when it rejects, the start has failed. */
  readonly start: (context: ThreadContext) => Promise<ThreadHandlers>;
  /** Leaves the thread. Default: `process.exit`, which ends only the thread and lets its messages arrive. */
  readonly leave?: (code: number) => void;
  readonly epoch?: number;
  /** Default: `setImmediate`. */
  readonly schedule?: ((turn: () => void) => void) | undefined;
};

/** What `threadChild` hands to a thread beside its own data. */
export type ThreadData<Data> = {
  readonly data: Data;
  readonly epoch: number;
  /** Raised by the thread as long as its loop turns. */
  readonly pulse?: Pulse;
  /** Who lives here from the beginning. */
  readonly residents?: readonly string[];
};

/** The data that `threadChild` was given, with the epoch of this incarnation. Only inside a thread. */
export function threadData<Data>(): ThreadData<Data> {
  return workerData as ThreadData<Data>;
}

/** The port to the main thread, of a thread and of a process. Only inside one. */
export function threadPort(): NodePort {
  assert(
    parentPort,
    'only what was started as a thread or a process has a port to the main thread',
  );
  return parentPort;
}

/** Runs a thread's side of its life: start, control calls, end. The main thread's side is `threadChild`. */
export async function serveThread({
  port,
  start,
  leave = (code) => process.exit(code),
  epoch = 1,
  schedule = setImmediate,
}: ServeThreadOptions): Promise<void> {
  const notify = (notice: ThreadNotice) => port.postMessage(notice);
  let handlers: ThreadHandlers | undefined;
  showLife(notify);
  heedFailures({ handlers: () => handlers, notify, leave });
  const showTree = onceInATurn(schedule, () => {
    if (handlers) notify({ type: 'tree', tree: handlers.tree() });
  });
  const report = (event: SupervisionEvent) => {
    // Before the thread is ready there is no tree to show; the main thread sees the start itself.
    if (!handlers) return;
    notify({ type: 'supervision', event });
    showTree();
  };
  try {
    handlers = await start({ report, epoch });
  } catch (error) {
    notify({ type: 'start-failed', error: errorFacts(error) });
    leave(1);
    return;
  }
  const service = threadService(handlers, leave);
  expose(service, comlinkEndpoint(port));
  notify({ type: 'ready', tree: handlers.tree() });
  const exit = await handlers.ended;
  if (exit) leaveAfter(exit, notify, leave);
}

/** A tree of hundreds is copied once for all that happens to them together. */
function onceInATurn(schedule: (turn: () => void) => void, task: () => void): () => void {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    schedule(() => {
      isDue = false;
      task();
    });
  };
}

function showLife(notify: (notice: ThreadNotice) => void): void {
  const { pulse, residents = [] } = (workerData ?? {}) as Partial<ThreadData<unknown>>;
  if (!pulse) return;
  beat(pulse, systemClock);
  const onNamed = (resident: string) => notify({ type: 'resident-named', resident });
  recordCulprits({ residents, pulse, onNamed });
}

/** What nobody catches crashes the resident whose it is, or ends the thread. */
function heedFailures({
  handlers,
  notify,
  leave,
}: {
  readonly handlers: () => ThreadHandlers | undefined;
  readonly notify: (notice: ThreadNotice) => void;
  readonly leave: (code: number) => void;
}): void {
  // The hooks are the process's: whoever serves a port in the main thread has his own.
  if (isMainThread) return;
  const heed = (error: unknown) => {
    const culprit = presentCulprit(error);
    if (culprit !== undefined && handlers()?.residentFailed?.(culprit, error)) return;
    notify({ type: 'failed', error: errorFacts(error), ...(culprit !== undefined && { culprit }) });
    leave(1);
  };
  process.on('uncaughtException', heed);
  process.on('unhandledRejection', heed);
}

function threadService(handlers: ThreadHandlers, leave: (code: number) => void): ThreadService {
  return {
    connect: (peer, port, residents) => handlers.connect(peer, port, residents),
    crash: (actor, reason) => handlers.crash(actor, reason),
    tree: () => handlers.tree(),
    ping: () => undefined,
    harm: (way, resident, stallMs) => {
      const act = preparedHarm(way, stallMs);
      // After the answer has been posted.
      setImmediate(() => (resident === undefined ? act() : actAs(resident, act)));
    },
    stop: async (deadlineMs) => {
      await handlers.stop(deadlineMs);
      // After the answer has been posted.
      setImmediate(() => leave(0));
    },
  };
}

function leaveAfter(
  exit: ChildExit,
  notify: (notice: ThreadNotice) => void,
  leave: (code: number) => void,
): void {
  switch (exit.reason) {
    case 'failed':
      notify({ type: 'failed', error: exit.error });
      leave(1);
      return;
    case 'normal':
      leave(0);
      return;
    case 'stopped':
      // Whoever asked for it leaves, when the rest of the thread is down as well.
      return;
    default:
      unreachable(exit);
  }
}
