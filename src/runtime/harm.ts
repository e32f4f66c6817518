/** Ways in which a thread can be made to fail by itself: for chaos and for the tests of isolation, reached by nobody else. */
import { pbkdf2Sync } from 'node:crypto';
import { unreachable } from '../domain/assert.ts';

/**
 * An exception nobody catches; a rejection nobody handles; leaving the process; a loop that never ends; more small objects than the
 * heap takes; native code that nothing can interrupt.
 */
export type Harm = 'throw' | 'reject' | 'exit' | 'loop' | 'heap' | 'native-stall';

/** Marks what was asked for, so that a log tells it from the real thing. */
class HarmError extends Error {
  override readonly name = 'HarmError';
  constructor(way: Harm) {
    super(`a failure was asked for: ${way}`);
  }
}

const exitCode = 7;

/** Does it to this thread, now. @param stallMs about how long the native code takes */
export function harmSelf(way: Harm, stallMs: number): void {
  preparedHarm(way, stallMs)();
}

/** The same, in a function that has nothing left to find out: a stall is one native call from its first moment on. */
export function preparedHarm(way: Harm, stallMs: number): () => void {
  const iterations = way === 'native-stall' ? iterationsOf(stallMs) : 0;
  return () => harm(way, iterations);
}

function harm(way: Harm, iterations: number): void {
  switch (way) {
    case 'throw':
      throw new HarmError(way);
    case 'reject':
      void Promise.reject(new HarmError(way));
      return;
    case 'exit':
      process.exit(exitCode);
      return;
    case 'loop':
      for (;;);
    case 'heap': {
      // Small objects: an array that grows by pushing would abort the whole process.
      let kept: object = {};
      for (;;) kept = { kept };
    }
    case 'native-stall':
      derive(iterations);
      return;
    default:
      unreachable(way);
  }
}

/** How many rounds of a key derivation take about that long. */
function iterationsOf(ms: number): number {
  const sampleIterations = 20_000;
  // The shortest of several: others may have the core for a moment.
  const sampleMs = Math.min(...Array.from({ length: 5 }, () => derive(sampleIterations)));
  return Math.max(1, Math.round((sampleIterations * ms) / sampleMs));
}

/** Returns how long it took, in ms. */
function derive(iterations: number): number {
  const startedAt = process.hrtime.bigint();
  pbkdf2Sync('harm', 'salt', iterations, 32, 'sha512');
  return Number(process.hrtime.bigint() - startedAt) / 1e6;
}
