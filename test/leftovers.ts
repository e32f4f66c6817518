import { Worker } from 'node:worker_threads';
import { systemClock } from '../src/runtime/clock.ts';

/** What holds a thread, another process, the network or a watched file. Timers are not among them: the test runner has its own. */
const kinds: ReadonlySet<string> = new Set([
  'MessagePort',
  'ProcessWrap',
  'TCPServerWrap',
  'TCPSocketWrap',
  'PipeServerWrap',
  'FSEventWrap',
  'StatWatcher',
]);

/** Sees which threads and handles of this process are there beyond those of the beginning. */
export class Leftovers {
  readonly #threads = new Set<Worker>();
  readonly #first: ReadonlyMap<string, number>;
  readonly #onWorker = (thread: Worker) => {
    // Node keeps the hooks of its loader in a thread of its own, for as long as the process lives.
    if (thread.constructor !== Worker) return;
    this.#threads.add(thread);
    thread.once('exit', () => this.#threads.delete(thread));
  };

  constructor() {
    process.on('worker', this.#onWorker);
    this.#first = handles();
  }

  /** By kind; empty when nothing is left. */
  present(): Readonly<Record<string, number>> {
    const left: Record<string, number> = {};
    if (this.#threads.size > 0) left['Worker'] = this.#threads.size;
    for (const [kind, count] of handles()) {
      const more = count - (this.#first.get(kind) ?? 0);
      if (more > 0) left[kind] = more;
    }
    return left;
  }

  /** What is still there after some time: ports and sockets close in their own. */
  async after(patienceMs: number): Promise<Readonly<Record<string, number>>> {
    const until = systemClock.elapsed() + patienceMs;
    while (Object.keys(this.present()).length > 0 && systemClock.elapsed() < until) {
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    return this.present();
  }

  stop(): void {
    process.off('worker', this.#onWorker);
  }
}

function handles(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    if (kinds.has(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}
