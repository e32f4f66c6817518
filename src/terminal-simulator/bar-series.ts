import type { Bar } from '../domain/bar.ts';
import { type EpochMs, roundTo } from '../domain/units.ts';
import type { Terminal } from './terminal.ts';
import type { WireTime } from './wire-time.ts';

/** The bars of one timeframe up to the forming one, found by position and by time. */
export type BarSeries = {
  readonly barMs: number;
  /** One past the forming bar. */
  end(): number;
  /** One past the last bar that opens at `time` or earlier. */
  after(time: EpochMs): number;
  /** At most `count` bars before `end`, ascending. */
  endingAt(end: number, count: number): Bar[];
  /** Bars that open from `from` to `to`, both included, at most `count` of them, ascending. */
  between(from: EpochMs, to: EpochMs, count?: number): Bar[];
};

/**
 * The terminal's bars in a timeframe: as they are, or put together to longer ones on the grid of the broker's clock.
 * Undefined for one that is shorter than the data or no multiple of it: the terminal has no such history.
 */
export function seriesOf(terminal: Terminal, barMs: number, time: WireTime): BarSeries | undefined {
  const plain = plainSeries(terminal);
  if (barMs === plain.barMs) return plain;
  if (barMs < plain.barMs || barMs % plain.barMs !== 0) return undefined;
  return joinedSeries(plain, barMs, time);
}

function plainSeries(terminal: Terminal): BarSeries {
  const { source, formingIndex } = terminal;
  const end = formingIndex + 1;
  const oldest = source.oldestIndex();
  const forming = terminal.formingBar();
  const at = (index: number) => (index === formingIndex ? forming : (source.barAt(index) as Bar));
  const slice = (from: number, to: number) => {
    const bars: Bar[] = [];
    for (let index = Math.max(oldest, from); index < to; index++) bars.push(at(index));
    return bars;
  };
  const firstWhere = (isBeyond: (openTime: EpochMs) => boolean) => {
    let low = oldest;
    let high = end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBeyond(at(middle).openTime)) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  const after = (time: EpochMs) => firstWhere((openTime) => openTime > time);
  return {
    barMs: source.barMs,
    end: () => end,
    after,
    endingAt: (last, count) => slice(last - count, last),
    between: (from, to, count = Number.POSITIVE_INFINITY) => {
      const first = firstWhere((openTime) => openTime >= from);
      return slice(first, Math.min(after(to), first + count));
    },
  };
}

/** W1 bars begin on Sunday: 1970-01-04 was one. */
const sundayMs = 3 * 86_400_000;

function joinedSeries(plain: BarSeries, barMs: number, time: WireTime): BarSeries {
  const phase = barMs === 7 * 86_400_000 ? sundayMs : 0;
  const slotOf = (openTime: EpochMs) => Math.floor((time.toBrokerMs(openTime) - phase) / barMs);
  const openOf = (slot: number) => time.fromBrokerMs(slot * barMs + phase);
  const join = (bars: readonly Bar[]): Bar[] => {
    const joined: Bar[] = [];
    let slot = Number.NaN;
    for (const bar of bars) {
      const last = joined.at(-1);
      if (last === undefined || slotOf(bar.openTime) !== slot) {
        slot = slotOf(bar.openTime);
        joined.push({ ...bar, openTime: openOf(slot) });
      } else {
        joined[joined.length - 1] = merged(last, bar);
      }
    }
    return joined;
  };
  const between = (from: EpochMs, to: EpochMs, count = Number.POSITIVE_INFINITY) => {
    const first = openOf(Math.ceil((time.toBrokerMs(from) - phase) / barMs));
    const last = (openOf(slotOf(to) + 1) - 1) as EpochMs;
    return join(plain.between(first, last)).slice(0, count);
  };
  const after = (moment: EpochMs) => plain.after((openOf(slotOf(moment) + 1) - 1) as EpochMs);
  return {
    barMs,
    end: () => plain.end(),
    after,
    endingAt: (end, count) => {
      const ratio = barMs / plain.barMs;
      let width = (count + 1) * ratio;
      let bars = join(plain.endingAt(end, width));
      // Gaps make slots hold fewer bars, so more of them may be needed; the first slot may be cut.
      while (bars.length <= count && width < end) {
        width *= 2;
        bars = join(plain.endingAt(end, width));
      }
      return count === 0 ? [] : bars.slice(-count);
    },
    between,
  };
}

function merged(first: Bar, next: Bar): Bar {
  return {
    ...first,
    high: next.high > first.high ? next.high : first.high,
    low: next.low < first.low ? next.low : first.low,
    close: next.close,
    volume: roundTo(first.volume + next.volume, 6),
  };
}
