/** What makes rows of a file a series of bars: possible prices, strict order, one grid. */
import { type Bar, type Timeframe, timeframeMs } from '../domain/bar.ts';
import type { EpochMs } from '../domain/units.ts';

/** Bars that are not there. Legal: markets close and feeds fail. Nothing ever fills them. */
export type Gap = {
  /** Open time of the last bar before the hole. */
  readonly after: EpochMs;
  /** How many bars of the grid are missing. */
  readonly missing: number;
};

const unixSecondsMax = 1e11; // The year 5138.
const firstMondayMs = 4 * timeframeMs.D1;

/** The holes in a series, in its order. */
export function gapsOf(bars: readonly Bar[], barMs: number): Gap[] {
  const gaps: Gap[] = [];
  for (let i = 1; i < bars.length; i++) {
    const before = bars[i - 1] as Bar;
    const distance = (bars[i] as Bar).openTime - before.openTime;
    if (distance > barMs) gaps.push({ after: before.openTime, missing: distance / barMs - 1 });
  }
  return gaps;
}

/** Why an open time is no moment in whole unix seconds; undefined when it is one. */
export function timeProblem(openTime: number): string | undefined {
  const unixSeconds = openTime / 1_000;
  if (!Number.isSafeInteger(unixSeconds) || unixSeconds <= 0) {
    return `time must be whole unix seconds, was ${unixSeconds}`;
  }
  if (unixSeconds > unixSecondsMax) {
    return `time must be unix seconds, ${unixSeconds} looks like milliseconds`;
  }
  return undefined;
}

/** Why a bar is impossible after one that opened at `previous`; undefined when it is fine. */
export function barProblem(bar: Bar, previous: number): string | undefined {
  if (bar.openTime === previous) return `duplicate of the bar before (${seconds(bar.openTime)})`;
  if (bar.openTime < previous) {
    return `out of order: ${seconds(bar.openTime)} after ${seconds(previous)}`;
  }
  return priceProblem(bar) ?? volumeProblem(bar);
}

/** The timeframe whose length is the commonest distance of two bars; undefined when no timeframe is that long. */
export function timeframeOf(bars: readonly Bar[]): Timeframe | undefined {
  const counts = new Map<number, number>();
  for (let i = 1; i < bars.length; i++) {
    const distance = (bars[i] as Bar).openTime - (bars[i - 1] as Bar).openTime;
    counts.set(distance, (counts.get(distance) ?? 0) + 1);
  }
  let commonest = 0;
  for (const [distance, count] of counts) {
    if (count > (counts.get(commonest) ?? 0)) commonest = distance;
  }
  return timeframes.find((timeframe) => timeframeMs[timeframe] === commonest);
}

/** Index of the first bar that does not open where bars of this timeframe do (weeks on Monday, UTC); -1 when none. */
export function firstOffGrid(bars: readonly Bar[], timeframe: Timeframe): number {
  const origin = timeframe === 'W1' ? firstMondayMs : 0;
  const barMs = timeframeMs[timeframe];
  return bars.findIndex(({ openTime }) => (openTime - origin) % barMs !== 0);
}

const timeframes = Object.keys(timeframeMs) as Timeframe[];

function priceProblem({ open, high, low, close }: Bar): string | undefined {
  if (!(low > 0)) return `impossible prices: low ${low} is not above zero`;
  if (low > Math.min(open, close)) {
    return `impossible prices: low ${low} is above open ${open} or close ${close}`;
  }
  if (!(high >= Math.max(open, close))) {
    return `impossible prices: high ${high} is below open ${open} or close ${close}`;
  }
  return undefined;
}

function volumeProblem({ volume, spreadPoints = 0 }: Bar): string | undefined {
  if (!(volume >= 0)) return `volume must not be negative, was ${volume}`;
  if (!(spreadPoints >= 0)) return `spread must not be negative, was ${spreadPoints}`;
  return undefined;
}

function seconds(time: number): string {
  return String(time / 1_000);
}
