import { EventEmitter } from 'node:events';
import type { Transferable } from 'node:worker_threads';
import { openStrand, type SeededScheduler } from './seeded-scheduler.ts';
import type { SimulatedThread } from './simulated-thread.ts';

/** How long things are on their way, in milliseconds: asked anew for each. */
export type Delay = () => number;

type Arrival = {
  readonly event: 'message' | 'close' | 'exit';
  readonly value: unknown;
};

/**
 * One end of a line between two threads: the part of a `MessagePort` that post offices and comlink use. Messages are
 * copied, arrive late, and keep their order. What is under way when its sender dies arrives or does not.
 */
export class SimulatedPort extends EventEmitter {
  /** The other end. Set once, when the line is made. */
  other: SimulatedPort | undefined;
  #owner: SimulatedThread | undefined;
  readonly #scheduler: SeededScheduler;
  readonly #delay: Delay;
  readonly #strand = openStrand();
  readonly #arriving: Arrival[] = [];
  #isClosed = false;

  constructor(scheduler: SeededScheduler, delay: Delay) {
    super();
    this.setMaxListeners(0);
    this.#scheduler = scheduler;
    this.#delay = delay;
  }

  /** Whose code hears it, and with whom it dies. A transferred port belongs to who receives it. */
  belongTo(owner: SimulatedThread | undefined): void {
    this.#owner = owner;
    owner?.atEnd((lossShare) => {
      if (this.#owner !== owner) return;
      this.other?.lose(lossShare);
      this.close();
    });
  }

  /** What is transferred is handed over as it is; all else is copied, and throws when it cannot be. */
  postMessage(message: unknown, transfer: readonly Transferable[] = []): void {
    const isTransfer = transfer.length > 0;
    const copy = isTransfer ? message : structuredClone(message);
    if (this.#isClosed || this.other === undefined) return;
    for (const each of transfer) {
      if (each instanceof SimulatedPort) each.belongTo(this.other.#owner);
    }
    this.other.arrive({ event: 'message', value: copy });
  }

  /** Both ends are closed; who holds them hears it. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.arrive({ event: 'close', value: undefined });
    this.other?.arrive({ event: 'close', value: undefined });
  }

  /** Puts something at the end of what arrives here. */
  arrive(arrival: Arrival): void {
    this.#arriving.push(arrival);
    const takeNext = () => this.#scheduler.run(() => this.#hear(), this.#strand);
    const delayMs = this.#delay();
    if (delayMs > 0) this.#scheduler.clock.after(delayMs, takeNext);
    else takeNext();
  }

  /** Forgets a share of what is still under way, the newest first. */
  lose(share: number): void {
    const kept = Math.ceil(this.#arriving.length * (1 - share));
    this.#arriving.splice(kept);
  }

  /** Whichever delay has passed: the oldest comes first. */
  #hear(): void {
    const arrival = this.#arriving.shift();
    if (arrival === undefined || this.#owner?.isOver) return;
    if (arrival.event === 'close') this.#isClosed = true;
    this.emit(arrival.event, arrival.value);
  }
}

/** A line; both ends belong to `owner` until they are transferred. */
export function simulatedChannel(
  scheduler: SeededScheduler,
  delay: Delay,
  owner: SimulatedThread,
): { readonly port1: SimulatedPort; readonly port2: SimulatedPort } {
  const port1 = new SimulatedPort(scheduler, delay);
  const port2 = new SimulatedPort(scheduler, delay);
  port1.other = port2;
  port2.other = port1;
  port1.belongTo(owner);
  port2.belongTo(owner);
  return { port1, port2 };
}
