import type { Bar } from '../../domain/bar.ts';
import { timeframeMs } from '../../domain/bar.ts';

/** Indices of the first and the last bar that a fold decides. */
export type GateFold = { readonly first: number; readonly last: number };

export const gateFoldCount = 3;
const foldMs = 4 * timeframeMs.W1;

/**
 * The latest three times four weeks of the out-of-sample bars, oldest first, with an embargo before each: nothing that a
 * label of the fold before looks at, or of the training data, lies in a fold. Or how many bars are missing for them.
 *
 * @param bars M15, oldest first
 * @param outOfSample indices of the first and the last bar that the models were not trained on
 * @param embargoBars the horizon of the labels
 */
export function gateFolds(
  bars: readonly Bar[],
  outOfSample: GateFold,
  embargoBars: number,
): { readonly folds: readonly GateFold[] } | { readonly missingBars: number } {
  const folds: GateFold[] = [];
  let last = outOfSample.last;
  while (folds.length < gateFoldCount) {
    const first = indexFrom(bars, timeOf(bars, last) + timeframeMs.M15 - foldMs);
    folds.unshift({ first, last });
    last = first - 1 - embargoBars;
  }
  const missingBars = outOfSample.first + embargoBars - (folds[0] as GateFold).first;
  return missingBars > 0 ? { missingBars } : { folds };
}

/** Before the first bar there are none: there would be one every quarter of an hour. */
function timeOf(bars: readonly Bar[], index: number): number {
  const [oldest] = bars as readonly [Bar];
  return bars[index]?.openTime ?? oldest.openTime + index * timeframeMs.M15;
}

function indexFrom(bars: readonly Bar[], time: number): number {
  const [oldest] = bars as readonly [Bar];
  if (time < oldest.openTime) return Math.ceil((time - oldest.openTime) / timeframeMs.M15);
  return bars.findIndex(({ openTime }) => openTime >= time);
}
