/**
 * Whose code runs. In a thread that several share, a failure that nobody catches has to be laid at the right door, and a thread that
 * hangs or dies has to show who it was. There is one process-wide hook for uncaught failures, so this is state of the thread.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from './clock.ts';
import { type Pulse, showCulprit } from './pulse.ts';

export type CulpritRecord = {
  /** Who lives in this thread from the beginning. With one of them everything is his. */
  readonly residents: readonly string[];
  /** Where the thread shows who runs. */
  readonly pulse: Pulse;
  /** Somebody new runs here: from now on he is the next number. */
  readonly onNamed: (resident: string) => void;
};

const nobody = 0;
const acting = new AsyncLocalStorage<string>();
const names: string[] = [];
let record: CulpritRecord | undefined;
/** The newest failure that came out of `actAs`. */
let thrown: { readonly error: unknown; readonly resident: string } | undefined;

/** From here on this thread keeps and shows whose code runs. Once in the life of a thread. */
export function recordCulprits(started: CulpritRecord): void {
  record = started;
  names.push(...started.residents);
  globalThis.queueMicrotask = namedMicrotasks(globalThis.queueMicrotask);
  showCulprit(started.pulse, atRest());
}

/**
 * Runs `task` in the name of a resident: what it throws, and what its timers and promises throw later, is his. While it runs
 * the thread shows his number. Does nothing where culprits are not recorded.
 */
export function actAs<Outcome>(resident: string, task: () => Outcome): Outcome {
  if (!record) return task();
  const { pulse } = record;
  const own = numberOf(resident, record);
  if (names.length === 1) return task();
  const before = showCulprit(pulse, own);
  try {
    return acting.run(resident, task);
  } catch (error) {
    thrown = { error, resident };
    throw error;
  } finally {
    showCulprit(pulse, before);
  }
}

/** In whose name the present code runs, as far as it is known; of a failure that nobody caught, in whose name it was thrown. */
export function presentCulprit(error?: unknown): string | undefined {
  if (names.length === 1) return names[0];
  // Whoever is told of a failure hears of it when the one who threw it is not in force any more.
  const isHis = error !== undefined && thrown?.error === error;
  return isHis ? thrown?.resident : acting.getStore();
}

/** A clock whose timers are a resident's: also while they run, the thread shows him. */
export function clockAs(resident: string, clock: Clock): Clock {
  return {
    now: () => clock.now(),
    elapsed: () => clock.elapsed(),
    after: (delayMs, task) => clock.after(delayMs, () => actAs(resident, task)),
  };
}

/** What an actor of a resident gives as its `schedule`: its turns are his. */
export function scheduleAs(
  resident: string,
  schedule: (turn: () => void) => void = setImmediate,
): (turn: () => void) => void {
  return (turn) => schedule(() => actAs(resident, turn));
}

/** The same child, with its start in the name of a resident. */
export function startedAs<Child extends { start(context: Context): Running }, Context, Running>(
  resident: string,
  child: Child,
): Child {
  return { ...child, start: (context: Context) => actAs(resident, () => child.start(context)) };
}

/** Node 20 tells of a microtask that has failed when it has forgotten whose it was. */
function namedMicrotasks(queue: typeof queueMicrotask): typeof queueMicrotask {
  return (task) =>
    queue(() => {
      try {
        task();
      } catch (error) {
        const resident = acting.getStore();
        if (resident !== undefined) thrown = { error, resident };
        throw error;
      }
    });
}

function numberOf(resident: string, { onNamed, pulse }: CulpritRecord): number {
  const known = names.indexOf(resident);
  if (known >= 0) return known + 1;
  names.push(resident);
  onNamed(resident);
  showCulprit(pulse, atRest());
  return names.length;
}

/** What is shown when nobody is known to run: the only one, or nobody. */
function atRest(): number {
  return names.length === 1 ? 1 : nobody;
}
