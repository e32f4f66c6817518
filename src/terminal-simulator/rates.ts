import type { Bar } from '../domain/bar.ts';
import type { EpochMs } from '../domain/units.ts';
import { marketOf } from '../exchange/terms.ts';
import { type BarSeries, seriesOf } from './bar-series.ts';
import { failed, ok, type Reply, UncaughtError } from './reply.ts';
import type { Terminal } from './terminal.ts';
import { wireBar } from './wire.ts';
import type { WireTime } from './wire-time.ts';

const minuteMs = 60_000;

/** MT5's timeframes and their lengths. Months differ, so their bars are not served: the list is empty. */
const timeframesMs: Readonly<Record<string, number>> = {
  M1: minuteMs,
  M2: 2 * minuteMs,
  M3: 3 * minuteMs,
  M4: 4 * minuteMs,
  M5: 5 * minuteMs,
  M6: 6 * minuteMs,
  M10: 10 * minuteMs,
  M12: 12 * minuteMs,
  M15: 15 * minuteMs,
  M20: 20 * minuteMs,
  M30: 30 * minuteMs,
  H1: 60 * minuteMs,
  H2: 120 * minuteMs,
  H3: 180 * minuteMs,
  H4: 240 * minuteMs,
  H6: 360 * minuteMs,
  H8: 480 * minuteMs,
  H12: 720 * minuteMs,
  D1: 1_440 * minuteMs,
  W1: 10_080 * minuteMs,
  MN1: Number.NaN,
};

/** A forward page looks ahead this many times its nominal length and no further: across a weekend it is empty. */
const lookAheadFactor = 12;
/** The largest unix seconds that the real server's date conversion takes; milliseconds raise there. */
const secondsMax = 32_536_799_999;

/** GET /symbols/:s/rates: ascending, the forming bar last. */
export function ratesReply(terminal: Terminal, query: URLSearchParams, time: WireTime): Reply {
  const timeframe = query.get('timeframe') ?? 'M1';
  const barMs = timeframesMs[timeframe.toUpperCase()];
  if (barMs === undefined) {
    const list = Object.keys(timeframesMs).map((name) => `'${name}'`);
    return failed(400, `Invalid timeframe: ${timeframe}. Use: [${list.join(', ')}]`);
  }
  const range = rangeOf(query);
  if ('status' in range) return range;
  const series = seriesOf(terminal, barMs, time);
  const bars = series === undefined ? [] : select(series, range, time);
  const { instrument } = marketOf(terminal.terms, terminal.symbol);
  return ok(bars.map((bar) => wireBar(bar, instrument, time)));
}

/** What a query asks for, anchors in unix seconds. */
type Range = {
  readonly count: number;
  readonly from: number | undefined;
  readonly to: number | undefined;
};

function rangeOf(query: URLSearchParams): Range | Reply {
  const [count, from, to] = [query.get('count'), query.get('from'), query.get('to')];
  if (count && to) return failed(400, "use either 'count' or 'to', not both");
  if (to && !from) return failed(400, "'to' requires 'from'");
  const anchors = { from: anchorSeconds(from), to: anchorSeconds(to) };
  if (Number.isNaN(anchors.from) || Number.isNaN(anchors.to)) {
    const names = count ? "'from'" : "'from'/'to'";
    return failed(400, `${names} must be unix seconds or YYYY_MM_DD[_HH_MM_SS]`);
  }
  return { count: countOf(count), ...anchors };
}

function select(series: BarSeries, { count, from, to }: Range, time: WireTime): Bar[] {
  if (from === undefined) return series.endingAt(series.end(), Math.abs(count));
  const fromTime = time.fromSeconds(from);
  if (to !== undefined) return series.between(fromTime, time.fromSeconds(to));
  if (count < 0) return series.endingAt(series.after(fromTime), -count);
  const ahead = (fromTime + lookAheadFactor * count * series.barMs) as EpochMs;
  return series.between(fromTime, ahead, count);
}

/** An absent or empty count is 100; what Python's `int` refuses raises. */
function countOf(text: string | null): number {
  if (text === null || text === '') return 100;
  if (!/^[+-]?\d+$/.test(text)) throw new UncaughtError(`count ${text} is no integer`);
  return Number(text);
}

/** Unix seconds of `1764000000`, `2025_01_31` or `2025_01_31_12_30_00`; NaN for anything else that was given. */
function anchorSeconds(text: string | null): number | undefined {
  if (!text) return undefined;
  if (/^\d+$/.test(text)) {
    if (Number(text) > secondsMax) throw new UncaughtError(`${text} is beyond the year 3000`);
    return Number(text);
  }
  const parts = /^(\d{4})_(\d{2})_(\d{2})(?:_(\d{2})_(\d{2})_(\d{2}))?$/.exec(text);
  if (parts === null) return Number.NaN;
  const [year = 0, month = 1, day, hour, minute, second] = parts
    .slice(1)
    .map((part) => Number(part ?? 0));
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
}
