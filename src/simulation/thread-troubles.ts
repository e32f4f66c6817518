/** What goes wrong with the threads and processes of an engine, named as they are or by the account that lives in them. */
import { copyBeats, type Pulse } from '../runtime/pulse.ts';
import type { SeededScheduler } from '../runtime/simulation/seeded-scheduler.ts';
import type { SimulatedWorker } from '../runtime/simulation/simulated-worker.ts';

/** The newest incarnation of a thread. */
export type LivingThread = {
  readonly worker: SimulatedWorker;
  /** Where it shows that it lives, and whose code it runs. */
  readonly pulse: Pulse | undefined;
  readonly residents: readonly string[];
};

export type ThreadTroublesOptions = {
  readonly scheduler: SeededScheduler;
  readonly threads: ReadonlyMap<string, LivingThread>;
  /** Where an account lives now. */
  readonly hostOf: (resident: string) => string | undefined;
  /** The engine sees by itself that a thread hangs. */
  readonly watchesPulse: boolean;
};

/** A thread that stands still longer than this is found hanging and ended. */
const hangMs = 2_000;

class HeapFullError extends Error {
  override readonly name = 'Error';
  readonly code = 'ERR_WORKER_OUT_OF_MEMORY';
}

export class ThreadTroubles {
  readonly #options: ThreadTroublesOptions;
  readonly #harmed = new WeakSet<SimulatedWorker>();

  constructor(options: ThreadTroublesOptions) {
    this.#options = options;
  }

  find(name: string): LivingThread | undefined {
    const { threads, hostOf } = this.#options;
    return threads.get(hostOf(name) ?? name);
  }

  isHarmed({ worker }: LivingThread): boolean {
    return this.#harmed.has(worker);
  }

  kill(name: string, lossShare: number): void {
    const worker = this.#harm(name)?.worker;
    void worker?.terminate(lossShare);
  }

  /** All but the one that must not be ended. */
  killAll(lossShare: number): void {
    for (const name of this.#options.threads.keys()) {
      if (name !== 'inference') this.kill(name, lossShare);
    }
  }

  /** Long enough, and it is found hanging; one that must not be ended is left alone. */
  stall(name: string, forMs: number): void {
    const worker = this.#harm(name)?.worker;
    worker?.thread.stall(forMs);
    if (name === 'inference' || this.#options.watchesPulse) return;
    this.#options.scheduler.clock.after(hangMs, () => {
      if (worker !== undefined && worker.thread.stallsForMs > 0) void worker.terminate();
    });
  }

  /** It ends while the code of one who lives there runs. */
  fillHeap(resident: string): void {
    const living = this.#harm(resident);
    if (living === undefined) return;
    const culprit = living.residents.indexOf(resident) + 1;
    if (living.pulse) copyBeats(living.pulse, { beats: 0, culprit });
    living.worker.fail(new HeapFullError('its heap has reached its limit'));
  }

  #harm(name: string): LivingThread | undefined {
    const living = this.find(name);
    if (living) this.#harmed.add(living.worker);
    return living;
  }
}
