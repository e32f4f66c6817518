import type { SeededScheduler } from './seeded-scheduler.ts';
import type { Delay } from './simulated-port.ts';
import type { SimulatedThread } from './simulated-thread.ts';

export type NetworkOptions = {
  readonly scheduler: SeededScheduler;
  readonly random: () => number;
  /** One way. */
  readonly delay: Delay;
  /** The share of requests that get there although who sent them has hung up or is dead. */
  readonly stragglers: number;
};

/** What came of a request: the answer, or nobody knows whether it was read. */
export type Carried<Answer> =
  | { readonly type: 'answered'; readonly answer: Answer }
  | { readonly type: 'broken'; readonly cause: Error };

export type Exchange<Answer> = {
  readonly caller: SimulatedThread;
  /** Hangs up. */
  readonly signal: AbortSignal;
  /** The other side: what it does when the request arrives. */
  readonly serve: () => Promise<Answer>;
};

/** Carries requests between threads and servers outside the process: late, in any order, and not always. */
export class SimulatedNetwork {
  readonly #options: NetworkOptions;

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  /** Never rejects, unless `serve` does. Never settles for a caller that is over. */
  exchange<Answer>({ caller, signal, serve }: Exchange<Answer>): Promise<Carried<Answer>> {
    const { scheduler, random, delay, stragglers } = this.#options;
    return new Promise((resolve, reject) => {
      const hangUp = () => resolve({ type: 'broken', cause: signal.reason as Error });
      if (signal.aborted) return hangUp();
      signal.addEventListener('abort', hangUp, { once: true });
      const carryBack = (settle: () => void) =>
        scheduler.clock.after(delay(), () => {
          signal.removeEventListener('abort', hangUp);
          caller.enter(settle);
        });
      scheduler.clock.after(delay(), () => {
        const isAlone = signal.aborted || caller.isOver;
        if (isAlone && random() >= stragglers) return;
        serve().then(
          (answer) => carryBack(() => resolve({ type: 'answered', answer })),
          (error: unknown) => carryBack(() => reject(error as Error)),
        );
      });
    });
  }
}
