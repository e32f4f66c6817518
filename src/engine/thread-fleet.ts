/** The threads and processes of a run as children, and the lines between whoever lives in them. */
import type { ChildExit } from '../runtime/child-spec.ts';
import type { Clock } from '../runtime/clock.ts';
import type { PostOffice } from '../runtime/post-office.ts';
import type { SupervisionEvent } from '../runtime/supervisor.ts';
import { type LinkFailure, Switchboard } from '../runtime/switchboard.ts';
import { type ThreadChild, threadChild } from '../runtime/thread-child.ts';
import type { ThreadControl } from '../runtime/thread-control.ts';
import type { EngineHost } from './engine-host.ts';
import type { EngineThread } from './engine-threads.ts';

export type ThreadFleetOptions = {
  readonly host: EngineHost;
  readonly clock: Clock;
  readonly main: PostOffice;
  /** It is up and connected. */
  readonly onUp: (thread: string) => void;
  readonly onDown: (thread: string, exit: ChildExit) => void;
  readonly onHang: (thread: string, isTerminated: boolean) => void;
  readonly onLinkFailed: (failure: LinkFailure) => void;
  readonly onSupervision: (event: SupervisionEvent) => void;
};

/** One turn of a loop may bring answers to everybody who lives there: for so many of them it may last a look longer. */
const residentsPerLook = 10;

export class ThreadFleet {
  readonly #options: ThreadFleetOptions;
  readonly #switchboard: Switchboard;
  readonly #threads = new Map<string, ThreadChild>();

  constructor(options: ThreadFleetOptions) {
    this.#options = options;
    this.#switchboard = new Switchboard({
      links: [],
      main: options.main,
      onLinkFailed: options.onLinkFailed,
      openChannel: options.host.openChannel,
    });
  }

  /** A thread or a process as a child: watched, and connected whenever it has started. */
  child(thread: EngineThread): ThreadChild {
    const { host, clock, onUp, onDown, onHang, onSupervision } = this.#options;
    const { id, canTerminate, kind } = thread;
    const child = threadChild({
      ...thread,
      get workerData() {
        return thread.workerData();
      },
      restart: 'permanent',
      callMs: 5_000,
      clock,
      startThread: kind === 'process' ? host.startProcess : host.startThread,
      ...(host.hang && { hang: patience(host.hang, thread.residents().length) }),
      onHang: () => onHang(id, canTerminate),
      onReady: async (control) => {
        await this.#switchboard.up(id, control, thread.residents());
        onUp(id);
      },
      onEnded: (exit) => {
        this.#switchboard.down(id);
        onDown(id, exit);
      },
      onSupervision,
    });
    this.#threads.set(id, child);
    return child;
  }

  /** It is not started again under this name. */
  forget(id: string): void {
    this.#threads.delete(id);
  }

  get ids(): readonly string[] {
    return [...this.#threads.keys()];
  }

  control(id: string): ThreadControl | undefined {
    return this.#threads.get(id)?.control();
  }

  find(id: string): ThreadChild | undefined {
    return this.#threads.get(id);
  }

  async link(one: string, ...others: readonly string[]): Promise<void> {
    await Promise.all(others.map((other) => this.#switchboard.link(one, other)));
  }

  unlink(one: string, ...others: readonly string[]): void {
    for (const other of others) this.#switchboard.unlink(one, other);
  }

  /** A resident lives in a thread that is up. */
  async host(thread: string, resident: string): Promise<void> {
    await this.#switchboard.host(thread, resident);
  }
}

function patience(
  { everyMs, looksMax }: NonNullable<EngineHost['hang']>,
  residents: number,
): NonNullable<EngineHost['hang']> {
  return { everyMs, looksMax: looksMax + Math.floor(residents / residentsPerLook) };
}
