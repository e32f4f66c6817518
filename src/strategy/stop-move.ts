import { gridAbove, gridBelow, type Instrument, roundPrice } from '../domain/instrument.ts';
import { direction, type Side } from '../domain/order.ts';
import type { Quote } from '../domain/quote.ts';
import type { Price } from '../domain/units.ts';

/** Where a stop stands and where a rule would like it. */
export type StopWish = {
  readonly side: Side;
  /** Undefined: there is none. */
  readonly current: Price | undefined;
  readonly wanted: number;
};

/** What closing a position gets: the bid for a buy, the ask for a sell. */
export function exitPrice(side: Side, { bid, ask }: Quote): Price {
  return side === 'buy' ? bid : ask;
}

/**
 * The wanted stop as it may be set: on the price grid, away from the price, and no nearer to the price than the broker's stops level and
 * freeze level. Undefined where that is not nearer to the price than the stop that stands by at least `moveMin`
 * points (a stop only ratchets), or where the broker lets nobody touch it: the price stands within its freeze level.
 */
export function ratchetedStop(
  { side, current, wanted }: StopWish,
  quote: Quote,
  instrument: Instrument,
  moveMin = 1,
): Price | undefined {
  const { point, stopsLevelPoints, freezeLevelPoints = 0 } = instrument;
  const exit = exitPrice(side, quote);
  const distanceMin = Math.max(1, stopsLevelPoints, freezeLevelPoints) * point;
  const nearest = exit - direction[side] * distanceMin;
  const allowed = side === 'buy' ? Math.min(wanted, nearest) : Math.max(wanted, nearest);
  const stop = side === 'buy' ? gridBelow(instrument, allowed) : gridAbove(instrument, allowed);
  if (!(stop >= point)) return undefined;
  if (current === undefined) return roundPrice(instrument, stop);
  const isFrozen = direction[side] * (exit - current) <= freezeLevelPoints * point;
  if (freezeLevelPoints > 0 && isFrozen) return undefined;
  const gained = (direction[side] * (stop - current)) / point;
  return gained >= Math.max(1, moveMin) - noise ? roundPrice(instrument, stop) : undefined;
}

const noise = 1e-6; // 0.3 / 0.1 is 2.9999999999999996
