import type { PostOffice } from './post-office.ts';

/** So many turns at most keep each other's words: the last of a thousand actors is not waited for. */
const turnsMax = 16;

/**
 * Schedules turns of actors that share a thread. What they say to other threads leaves when those that were due at the same time
 * have had their turns: one message to each thread, where each of them would wake it up.
 */
export function inBursts(
  office: Pick<PostOffice, 'hold' | 'letGo'>,
  schedule: (turn: () => void) => void = setImmediate,
): (turn: () => void) => void {
  /** Those that were scheduled since one of them began: the next of the event loop's turns has them all. */
  let generation = { due: 0 };
  let left = 0;
  return (turn) => {
    const own = generation;
    own.due += 1;
    schedule(() => {
      if (own === generation) generation = { due: 0 };
      if (left === 0) left = Math.min(own.due, turnsMax);
      own.due -= 1;
      left -= 1;
      office.hold();
      try {
        turn();
      } finally {
        if (left === 0) office.letGo();
      }
    });
  };
}
