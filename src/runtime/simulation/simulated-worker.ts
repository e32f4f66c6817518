import type { SeededScheduler } from './seeded-scheduler.ts';
import { type Delay, SimulatedPort } from './simulated-port.ts';
import { SimulatedThread } from './simulated-thread.ts';

/** What runs in a thread: given its life and its end of the line to whoever started it. */
export type ThreadBody = (inside: {
  readonly thread: SimulatedThread;
  readonly port: SimulatedPort;
  readonly leave: (code: number) => void;
}) => void;

export type SimulatedWorkerOptions = {
  readonly name: string;
  readonly scheduler: SeededScheduler;
  /** Of messages, and of the start. */
  readonly delay: Delay;
  /** Who started it. */
  readonly parent: SimulatedThread;
  readonly body: ThreadBody;
  /**
   * Of a process of its own: how long it lives on after who started it. It is killed whatever it does. Undefined: a
   * thread, which dies with who started it and ends when its native code lets it.
   */
  readonly outlivesMs?: () => number;
};

/** A thread as who started it sees it: the part of a `Worker` that `threadChild` uses. */
export class SimulatedWorker extends SimulatedPort {
  readonly thread: SimulatedThread;
  readonly #scheduler: SeededScheduler;
  readonly #gone: Promise<number>;
  readonly #isProcess: boolean;
  #exitCode: number | undefined;

  constructor({ name, scheduler, delay, parent, body, outlivesMs }: SimulatedWorkerOptions) {
    super(scheduler, delay);
    const thread = new SimulatedThread(name, scheduler);
    this.thread = thread;
    this.#scheduler = scheduler;
    this.#isProcess = outlivesMs !== undefined;
    const port = new SimulatedPort(scheduler, delay);
    this.other = port;
    port.other = this;
    this.belongTo(parent);
    port.belongTo(thread);
    parent.atEnd((lossShare) => {
      if (outlivesMs === undefined) thread.end(lossShare);
      else scheduler.clock.after(outlivesMs(), () => thread.end(lossShare));
    });
    this.#gone = new Promise((resolve) => this.once('exit', resolve));
    const leave = (code: number) => this.#leave(code, 0);
    thread.clock.after(delay(), () => body({ thread, port, leave }));
  }

  /** 0: it left as it was asked to. Undefined where it lives, or died with who started it. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  /** Its memory is gone when this returns, or when it stands still no more; that it is gone becomes known later. */
  terminate(lossShare = 0): Promise<number> {
    const { stallsForMs } = this.thread;
    const leave = () => this.#leave(1, lossShare);
    if (stallsForMs > 0 && !this.#isProcess) this.#scheduler.clock.after(stallsForMs, leave);
    else leave();
    return this.#gone;
  }

  /** It ends by itself, and its last word is why: its heap is full, it threw. */
  fail(error: Error): void {
    if (this.thread.isOver) return;
    this.#exitCode = 1;
    this.thread.end();
    this.arrive({ event: 'error', value: error });
    this.arrive({ event: 'exit', value: 1 });
  }

  #leave(code: number, lossShare: number): void {
    if (this.thread.isOver) return;
    this.#exitCode = code;
    this.thread.end(lossShare);
    this.arrive({ event: 'exit', value: code });
  }
}
