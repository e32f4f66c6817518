import { UsageError } from '../config/usage-error.ts';
import type { Bar } from '../domain/bar.ts';
import type { EpochMs } from '../domain/units.ts';

/** Indices of the first and the last bar that is decided. */
export type Period = { readonly first: number; readonly last: number };

/**
 * @param of.ready index of the first bar with features
 * @param of.trainedUntil no bar that closed later was trained on
 * @throws UsageError where nothing is left, or the features are not ready yet at `from`
 */
export function backtestPeriod(
  bars: readonly Bar[],
  of: {
    readonly ready: number;
    readonly trainedUntil: EpochMs;
    readonly from?: EpochMs | undefined;
    readonly to?: EpochMs | undefined;
    readonly oosOnly?: boolean | undefined;
  },
): Period {
  const { ready, trainedUntil, from, to } = of;
  if (ready >= bars.length) {
    throw new UsageError(
      `${bars.length} bars are too few for one feature vector: 15 weeks are needed`,
    );
  }
  const wanted = from === undefined ? ready : indexFrom(bars, from);
  if (wanted < ready) {
    throw new UsageError(
      `there are ${wanted} bars before --from, the features need ${ready}: begin at ${isoOf(bars, ready)} or later`,
    );
  }
  const first = of.oosOnly ? Math.max(wanted, indexFrom(bars, trainedUntil)) : wanted;
  const last =
    to === undefined ? bars.length - 1 : bars.findLastIndex(({ openTime }) => openTime <= to);
  if (first <= last) return { first, last };
  const reach = `the data reaches from ${isoOf(bars, ready)} (with features) to ${isoOf(bars, bars.length - 1)}`;
  const trained = of.oosOnly ? `, and the models were trained to ${isoAt(trainedUntil)}` : '';
  throw new UsageError(`no bar is left to decide on: ${reach}${trained}`);
}

/** The number of bars when none is as late. */
function indexFrom(bars: readonly Bar[], from: EpochMs): number {
  const index = bars.findIndex(({ openTime }) => openTime >= from);
  return index === -1 ? bars.length : index;
}

function isoOf(bars: readonly Bar[], index: number): string {
  return isoAt((bars[index] as Bar).openTime);
}

function isoAt(time: number): string {
  return new Date(time).toISOString();
}
