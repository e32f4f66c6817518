import { type EquityPoint, limits } from './fleet.ts';

type Series = readonly EquityPoint[];

/**
 * The series with one more point. An account that was restarted tells its last bars again: the newest word on a
 * moment wins. A full series is thinned to half, evenly over the time it spans.
 */
export function appendEquity(series: Series, point: EquityPoint): Series {
  const last = series.at(-1);
  const isRepeated = last !== undefined && last.at >= point.at;
  const earlier = isRepeated ? series.filter(({ at }) => at < point.at) : series;
  const longer = [...earlier, point];
  return longer.length > limits.equityPoints ? thinned(longer, limits.equityPoints / 2) : longer;
}

/** One point for each of `slots` equal spans of time: the one that stands out most, so that no trough is lost. */
function thinned(series: Series, slots: number): Series {
  const [first, newest] = [series[0], series.at(-1)];
  if (first === undefined || newest === undefined) return series;
  const slotMs = (newest.at - first.at) / (slots - 2);
  const kept: EquityPoint[] = [first];
  let best: EquityPoint | undefined;
  for (const point of series.slice(1, -1)) {
    const previous = kept.at(-1) ?? first;
    if (best !== undefined && slotOf(point, first, slotMs) !== slotOf(best, first, slotMs)) {
      kept.push(best);
      best = point;
    } else if (best === undefined || distance(point, previous) > distance(best, previous)) {
      best = point;
    }
  }
  return best === undefined ? [...kept, newest] : [...kept, best, newest];
}

function slotOf({ at }: EquityPoint, first: EquityPoint, slotMs: number): number {
  return Math.floor((at - first.at) / slotMs);
}

function distance(a: EquityPoint, b: EquityPoint): number {
  return Math.abs(a.equity - b.equity);
}
