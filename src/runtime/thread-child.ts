import type { ResourceLimits } from 'node:worker_threads';
import { wrap } from 'comlink';
import type {
  ChildExit,
  ChildSpec,
  RestartType,
  RunningChild,
  StartContext,
  TreeNode,
} from './child-spec.ts';
import type { Clock } from './clock.ts';
import { comlinkEndpoint } from './comlink-endpoint.ts';
import { newPulse, type Pulse, watchPulse } from './pulse.ts';
import type { ThreadData } from './serve-thread.ts';
import type { SupervisionEvent } from './supervisor.ts';
import { type StartThread, startThread, type ThreadHandle } from './thread.ts';
import { type ThreadControl, ThreadEndedError, threadControl } from './thread-control.ts';
import { ThreadLife } from './thread-life.ts';
import type { ThreadService } from './thread-protocol.ts';

type HangLimit = { readonly everyMs: number; readonly looksMax: number };

export type ThreadChildOptions = {
  readonly id: string;
  /** Named as in the source: `new URL('./account-thread.ts', import.meta.url)`. */
  readonly entry: URL;
  /** Reaches the thread as `threadData().data`; has to be cloneable. */
  readonly workerData: unknown;
  /**
   * Who lives in it, asked at every start. A failure that nobody catches is theirs by name: it crashes its resident in place, and an
   * end of the thread names its `culprit`. With one of them everything is his. Default: nobody.
   */
  readonly residents?: () => readonly string[];
  readonly restart: RestartType;
  readonly startMs: number;
  readonly shutdownMs: number;
  /** How long a control call may take. */
  readonly callMs: number;
  readonly resourceLimits?: ResourceLimits;
  /** False where ending a thread from outside would abort the process, as with onnxruntime: it is only ever asked. */
  readonly canTerminate: boolean;
  /** When it counts as hung: it is looked at every `everyMs`, and had no sign of life in `looksMax` looks in a row. Default: never. */
  readonly hang?: HangLimit;
  /**
   * One that hangs in native code ends when that returns. It is waited for so long, then left behind: its successor starts, and only
   * a fence keeps the two apart. Default: 30 s.
   */
  readonly leaveBehindMs?: number;
  /** It hangs. It is terminated, and its supervisor restarts it, where it may be; else it is left as it is. */
  readonly onHang?: () => void;
  readonly clock: Clock;
  /** Part of the start: the child is up when this has resolved. */
  readonly onReady: (control: ThreadControl) => void | Promise<void>;
  /** The thread is gone, or was left behind. Not called for the late end of one that has a successor: what it had is the successor's now. */
  readonly onEnded?: (exit: ChildExit) => void;
  /** What the supervisor inside the thread did. */
  readonly onSupervision?: (event: SupervisionEvent) => void;
  /** Default: a thread of Node. */
  readonly startThread?: StartThread | undefined;
};

/** A child spec with access to the thread that runs under it. */
export type ThreadChild = ChildSpec & {
  /** Absent while it is down. */
  control(): ThreadControl | undefined;
  /** Ends the thread as a crash would: it was not asked, so its supervisor restarts it. False where it may not be terminated. */
  terminate(): Promise<boolean>;
};

type RunningThread = RunningChild & {
  readonly control: ThreadControl;
  readonly worker: ThreadHandle;
};

/** A thread as a child: started from its entry, ready when it says so, stopped by asking, terminated where that is allowed. */
export function threadChild(options: ThreadChildOptions): ThreadChild {
  const { id, restart, startMs, shutdownMs, canTerminate } = options;
  let current: RunningThread | undefined;
  let latestEpoch = 0;
  const onEnded = (epoch: number, exit: ChildExit) => {
    if (epoch === latestEpoch) options.onEnded?.(exit);
  };
  return {
    id,
    kind: 'thread',
    restart,
    startMs,
    shutdownMs,
    start: async (context) => {
      latestEpoch = context.epoch;
      const running = await start(options, context, (exit) => onEnded(context.epoch, exit));
      current = running;
      void running.ended.then(() => {
        if (current === running) current = undefined;
      });
      return running;
    },
    control: () => current?.control,
    terminate: async () => {
      if (!canTerminate || !current) return false;
      await current.worker.terminate();
      return true;
    },
  };
}

async function start(
  options: ThreadChildOptions,
  context: StartContext,
  onEnded: (exit: ChildExit) => void,
): Promise<RunningThread> {
  context.signal.throwIfAborted();
  const pulse = newPulse();
  const residents = options.residents?.() ?? [];
  const data: ThreadData<unknown> = {
    data: options.workerData,
    epoch: context.epoch,
    pulse,
    residents,
  };
  const { resourceLimits } = options;
  const worker = (options.startThread ?? startThread)(options.entry, {
    workerData: data,
    name: options.id,
    ...(resourceLimits && { resourceLimits }),
  });
  const life = new ThreadLife({
    thread: options.id,
    worker,
    pulse,
    residents,
    onSupervision: options.onSupervision ?? (() => undefined),
  });
  void life.ended.then(onEnded);
  const running = runningThread(options, worker, life);
  const giveUp = () => void running.kill?.();
  context.signal.addEventListener('abort', giveUp, { once: true });
  try {
    await life.ready;
    // Not wanted any more, and not to be terminated: it is handed over to be asked to stop.
    if (!context.signal.aborted) await options.onReady(running.control);
    watchForHang(options, { pulse, worker, life });
    return running;
  } catch (error) {
    await (running.kill ? running.kill() : askToStop(running, options.shutdownMs));
    throw error;
  } finally {
    context.signal.removeEventListener('abort', giveUp);
  }
}

function watchForHang(
  { hang, clock, canTerminate, leaveBehindMs = 30_000, onHang = () => {} }: ThreadChildOptions,
  {
    pulse,
    worker,
    life,
  }: { readonly pulse: Pulse; readonly worker: ThreadHandle; readonly life: ThreadLife },
): void {
  if (!hang) return;
  const giveUp = watchPulse({
    ...hang,
    pulse,
    clock,
    onHang: () => {
      onHang();
      if (!canTerminate) return;
      life.hung(hang.everyMs * hang.looksMax);
      void worker.terminate();
      const forget = clock.after(leaveBehindMs, () => life.leaveBehind());
      void life.ended.then(forget);
    },
  });
  void life.ended.then(giveUp);
}

function runningThread(
  options: ThreadChildOptions,
  worker: ThreadHandle,
  life: ThreadLife,
): RunningThread {
  const { id, canTerminate, clock, callMs } = options;
  const remote = wrap<ThreadService>(comlinkEndpoint(worker));
  const control = threadControl({ thread: id, remote, clock, callMs, over: life.over });
  const kill = async () => {
    life.stopRequested();
    await worker.terminate();
  };
  return {
    worker,
    control,
    ended: life.ended,
    tree: () => ({ ...emptyNode(id), children: life.tree?.children ?? [] }),
    stop: async (deadlineMs) => {
      life.stopRequested();
      await askToStop({ control, ended: life.ended }, deadlineMs);
    },
    ...(canTerminate && { kill }),
  };
}

/** Rejects when the thread refuses or does not answer in time. */
async function askToStop(
  { control, ended }: Pick<RunningThread, 'control' | 'ended'>,
  deadlineMs: number,
): Promise<void> {
  try {
    await control.stop(deadlineMs);
  } catch (error) {
    if (!(error instanceof ThreadEndedError)) throw error;
  }
  await ended;
}

function emptyNode(id: string): TreeNode {
  return { id, kind: 'thread', status: 'running', restarts: 0, epoch: 1, children: [] };
}
