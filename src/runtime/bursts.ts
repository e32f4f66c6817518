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
  let due = 0;
  let left = 0;
  return (turn) => {
    due += 1;
    schedule(() => {
      if (left === 0) left = Math.min(due, turnsMax);
      due -= 1;
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
