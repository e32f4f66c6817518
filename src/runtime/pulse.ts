import type { Clock } from './clock.ts';

/** How often a thread shows that it lives. */
const beatMs = 100;

/**
 * A counter that a thread keeps raising, and the number of the resident whose code it runs (0: nobody's). It can be read while the
 * thread is busy, and while its reader was.
 */
export type Pulse = Int32Array<SharedArrayBuffer>;

const beatCell = 0;
const culpritCell = 1;

export function newPulse(): Pulse {
  return new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
}

export function beatsOf(pulse: Pulse): number {
  return Atomics.load(pulse, beatCell);
}

export function culpritOf(pulse: Pulse): number {
  return Atomics.load(pulse, culpritCell);
}

/**
 * A resident whose code begins is a sign of life, too: five hundred that have their turns one after the other take longer than
 * a thread may be silent.
 *
 * @returns who was shown before
 */
export function showCulprit(pulse: Pulse, resident: number): number {
  if (resident > 0) Atomics.add(pulse, beatCell, 1);
  return Atomics.exchange(pulse, culpritCell, resident);
}

/** Writes down what another process has told of a pulse of its own. */
export function copyBeats(
  pulse: Pulse,
  { beats, culprit }: { readonly beats: number; readonly culprit: number },
): void {
  Atomics.store(pulse, beatCell, beats);
  Atomics.store(pulse, culpritCell, culprit);
}

/** Raises the counter every 100 ms, for as long as the thread's loop turns. The returned function ends it. */
export function beat(pulse: Pulse, clock: Clock): () => void {
  let cancel = () => {};
  const next = () => {
    Atomics.add(pulse, beatCell, 1);
    cancel = clock.after(beatMs, next);
  };
  next();
  return () => cancel();
}

/** What an observer knows of a pulse. */
export type PulseView = { readonly counter: number; readonly looksWithoutBeat: number };

/** The next look at a pulse. A look counts, not time: an observer that stood still itself has not looked. */
export function look(view: PulseView | undefined, counter: number): PulseView {
  const hasBeaten = view?.counter !== counter;
  return { counter, looksWithoutBeat: hasBeaten ? 0 : (view?.looksWithoutBeat ?? 0) + 1 };
}

/**
 * Looks at a pulse every `everyMs` and calls `onHang` once when it did not beat between `looksMax` looks in a row. The returned
 * function ends it.
 */
export function watchPulse(options: {
  readonly pulse: Pulse;
  readonly clock: Clock;
  readonly everyMs: number;
  readonly looksMax: number;
  readonly onHang: () => void;
}): () => void {
  const { pulse, clock, everyMs, looksMax, onHang } = options;
  let view: PulseView | undefined;
  let cancel = () => {};
  const next = () => {
    view = look(view, beatsOf(pulse));
    if (view.looksWithoutBeat >= looksMax) onHang();
    else cancel = clock.after(everyMs, next);
  };
  cancel = clock.after(everyMs, next);
  return () => cancel();
}
