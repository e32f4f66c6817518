/**
 * When a price path reaches a stop or a target: the one rule behind fills, backtests and labels. Plain numbers in and
 * out, so that the labels can ask it millions of times without allocating.
 */
import type { Side } from '../domain/order.ts';

/**
 * What is known of a bar is its range, not its order. `path`: open-low-high-close if it rose or stood, else
 * open-high-low-close. `pessimistic`: the extreme that hurts the position first, so that of SL and TP both touched the
 * SL counts. `optimistic`: the reverse.
 */
export type Intrabar = 'path' | 'pessimistic' | 'optimistic';

export type Touch = 'stop' | 'target';

/** Open, high, low and close of a bar, in bid prices. */
export type PriceRange = {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
};

/**
 * Which level stands at or behind the exit price: a long leaves at the bid, a short at the ask. A level that does not
 * exist is NaN and never touched.
 */
export function touchAt(
  side: Side,
  exitPrice: number,
  stop: number,
  target: number,
): Touch | undefined {
  if (side === 'buy') {
    if (exitPrice <= stop) return 'stop';
    return exitPrice >= target ? 'target' : undefined;
  }
  if (exitPrice >= stop) return 'stop';
  return exitPrice <= target ? 'target' : undefined;
}

/** Whether a position lives through the low of a bar before its high. */
export function isLowFirst(side: Side, bar: PriceRange, intrabar: Intrabar): boolean {
  if (intrabar === 'path') return bar.close >= bar.open;
  return (intrabar === 'pessimistic') === (side === 'buy');
}

/**
 * The first level that a bar touches, from its open on. Exact, because the way to an extreme is monotone: what it
 * passes on the other side stood behind the price already at the point before.
 *
 * @param spread ask minus bid, in price units
 */
export function touchInBar(
  side: Side,
  bar: PriceRange,
  spread: number,
  stop: number,
  target: number,
  intrabar: Intrabar,
): Touch | undefined {
  const toExit = side === 'buy' ? 0 : spread;
  const lowFirst = isLowFirst(side, bar, intrabar);
  return (
    touchAt(side, bar.open + toExit, stop, target) ??
    touchAt(side, (lowFirst ? bar.low : bar.high) + toExit, stop, target) ??
    touchAt(side, (lowFirst ? bar.high : bar.low) + toExit, stop, target)
  );
}
