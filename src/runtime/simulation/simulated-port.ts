import { EventEmitter } from 'node:events';
import type { Transferable } from 'node:worker_threads';
import { openStrand, type SeededScheduler } from './seeded-scheduler.ts';
import type { SimulatedThread } from './simulated-thread.ts';

/** How long things are on their way, in milliseconds: asked anew for each. */
export type Delay = () => number;

type Arrival = {
  readonly event: 'message' | 'close' | 'error' | 'exit';
  readonly value: unknown;
};

/**
 * One end of a line between two threads: the part of a `MessagePort` that post offices and comlink use. Messages are
 * copied, arrive late, keep their order, and wait for somebody to listen. What is under way when its sender dies arrives
 * or does not. One that was transferred is another object where it arrives, and of no use any more where it was.
 */
export class SimulatedPort extends EventEmitter {
  /** The other end. Set once, when the line is made. */
  other: SimulatedPort | undefined;
  #owner: SimulatedThread | undefined;
  readonly #scheduler: SeededScheduler;
  readonly #delay: Delay;
  readonly #strand = openStrand();
  readonly #arriving: Arrival[] = [];
  /** What has arrived and that nobody listens to yet. */
  #unheard: Arrival[] = [];
  #isClosed = false;
  #isTransferred = false;

  constructor(scheduler: SeededScheduler, delay: Delay) {
    super();
    this.setMaxListeners(0);
    this.#scheduler = scheduler;
    this.#delay = delay;
  }

  get owner(): SimulatedThread | undefined {
    return this.#owner;
  }

  /** Whose code hears it, and with whom it dies. A transferred port belongs to who receives it. */
  belongTo(owner: SimulatedThread | undefined): void {
    this.#owner = owner;
    owner?.atEnd((lossShare) => {
      if (this.#owner !== owner || this.#isTransferred) return;
      this.other?.lose(lossShare);
      this.close();
    });
  }

  override on(event: string, listener: (value: unknown) => void): this {
    super.on(event, listener);
    if (event === 'message') this.#scheduler.run(() => this.#hearWhatWaits(), this.#strand);
    return this;
  }

  /** What is transferred is handed over as it is; all else is copied, and throws when it cannot be. */
  postMessage(message: unknown, transfer: readonly Transferable[] = []): void {
    if (this.#isTransferred) return;
    const receiver = this.other?.owner;
    const moved = new Map<unknown, SimulatedPort>();
    for (const each of transfer) {
      if (each instanceof SimulatedPort) moved.set(each, each.#moveTo(receiver));
    }
    const copy = moved.size > 0 ? replaced(message, moved) : structuredClone(message);
    if (this.#isClosed || this.other === undefined) return;
    this.other.arrive({ event: 'message', value: copy });
  }

  /** Both ends are closed; who holds them hears it. */
  close(): void {
    if (this.#isClosed || this.#isTransferred) return;
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

  /** What arrives from now on arrives there. */
  #moveTo(owner: SimulatedThread | undefined): SimulatedPort {
    const successor = new SimulatedPort(this.#scheduler, this.#delay);
    successor.other = this.other;
    if (this.other !== undefined) this.other.other = successor;
    successor.belongTo(owner);
    for (const arrival of this.#unheard.splice(0)) successor.arrive(arrival);
    for (const arrival of this.#arriving.splice(0)) successor.arrive(arrival);
    if (this.#isClosed) successor.#isClosed = true;
    this.#isTransferred = true;
    return successor;
  }

  /** Whichever delay has passed: the oldest comes first. */
  #hear(): void {
    const arrival = this.#arriving.shift();
    if (arrival === undefined) return;
    const take = () => {
      if (this.#unheard.length > 0 || this.#isUnheard(arrival)) this.#unheard.push(arrival);
      else this.#take(arrival);
    };
    if (this.#owner === undefined) take();
    else this.#owner.enter(take);
  }

  #hearWhatWaits(): void {
    if (this.#owner?.isOver) return;
    while (this.#unheard[0] !== undefined && !this.#isUnheard(this.#unheard[0])) {
      this.#take(this.#unheard.shift() as Arrival);
    }
  }

  #take({ event, value }: Arrival): void {
    if (event === 'close') this.#isClosed = true;
    this.emit(event, value);
  }

  #isUnheard({ event }: Arrival): boolean {
    return event === 'message' && this.listenerCount('message') === 0;
  }
}

/** A copy in which each port that was handed over is the one that the receiver has. */
function replaced(value: unknown, moved: ReadonlyMap<unknown, SimulatedPort>): unknown {
  const port = moved.get(value);
  if (port !== undefined) return port;
  if (Array.isArray(value)) return value.map((each) => replaced(each, moved));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, replaced(each, moved)]),
  );
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
