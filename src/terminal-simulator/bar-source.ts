import { AssertionError, assert } from '../domain/assert.ts';
import type { Bar } from '../domain/bar.ts';
import type { EpochMs } from '../domain/units.ts';

/** The market that a terminal shows, bar by bar. Index 0 is its oldest bar; indices never change their meaning. */
export type BarSource = {
  /** Says which market this is: equal identities have equal bars. */
  readonly identity: Readonly<Record<string, string | number>>;
  readonly barMs: number;
  /** Index of the first bar of the replay: those before it are closed when it starts. */
  readonly indexFrom: number;
  /** Bars that the replay has; undefined when it never ends. */
  readonly stepsMax: number | undefined;
  /** Oldest bar that is still kept. */
  oldestIndex(): number;
  /** Undefined before the oldest bar and after the last. Far ahead of what was asked so far it costs time. */
  barAt(index: number): Bar | undefined;
  /** States of a market in the making that passed since the last call: kept, they spare going through its past again. */
  newMarks(): readonly MarketMark[];
  /** The newest index whose mark is early enough to serve the history of a terminal that stands at `index`. */
  markNeeded(index: number): number;
  /** Goes on from a mark, as if everything before it had been gone through. */
  resume(mark: MarketMark): void;
};

export type MarketMark = { readonly index: number; readonly value: string };

/** Why a series of bars cannot be replayed, with the numbers. */
export class ReplayRangeError extends Error {
  override readonly name = 'ReplayRangeError';
}

/** Replays bars that exist: those that open before `from` are history. */
export function replayedBars(options: {
  readonly bars: readonly Bar[];
  readonly from: EpochMs;
  readonly stepsMax?: number;
  /** Hash of the bars. */
  readonly identity: string;
}): BarSource {
  const { bars, from, identity } = options;
  const indexFrom = lowerBound(bars, from);
  const available = bars.length - indexFrom;
  const stepsMax = options.stepsMax ?? available;
  if (indexFrom < 1 || available < 1 || stepsMax > available) {
    throw new ReplayRangeError(
      `a replay of ${stepsMax} bars from ${new Date(from).toISOString()} needs a bar before it and ${Math.max(1, stepsMax)} from it on: the data has ${indexFrom} and ${available}`,
    );
  }
  return {
    identity: { kind: 'bars', bars: identity, from, stepsMax },
    barMs: smallestStep(bars),
    indexFrom,
    stepsMax,
    oldestIndex: () => 0,
    barAt: (index) => bars[index],
    newMarks: () => [],
    markNeeded: () => -1,
    resume: () => {
      throw new AssertionError('bars of a file have no marks');
    },
  };
}

/** Index of the first bar that opens at `time` or later; the length when there is none. */
function lowerBound(bars: readonly Bar[], time: EpochMs): number {
  let low = 0;
  let high = bars.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((bars[middle] as Bar).openTime < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The length of the bars: gaps only ever make a step longer. */
function smallestStep(bars: readonly Bar[]): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (let index = 1; index < bars.length; index++) {
    const step = (bars[index] as Bar).openTime - (bars[index - 1] as Bar).openTime;
    assert(step > 0, `bar ${index} opens no later than the one before`);
    smallest = Math.min(smallest, step);
  }
  return smallest;
}
