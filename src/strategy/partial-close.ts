import type { Instrument } from '../domain/instrument.ts';
import { direction, type Side } from '../domain/order.ts';
import type { Quote } from '../domain/quote.ts';
import { type Steps, steps } from '../domain/units.ts';
import { exitPrice } from './stop-move.ts';

export type PartialCloseRules = {
  /** Gain at which it is due, in ATR at the entry. */
  readonly triggerAtr: number;
  /** Share of the volume that is closed. */
  readonly share: number;
};

type Entered = {
  readonly side: Side;
  readonly entry: number;
  /** ATR at the entry, in price units. */
  readonly atr: number;
};

/** Whether a position has gained what a partial close waits for, at the price that closing it would get. */
export function isPartialDue(
  { side, entry, atr }: Entered,
  quote: Quote,
  { triggerAtr }: PartialCloseRules,
): boolean {
  const gained = direction[side] * (exitPrice(side, quote) - entry);
  return atr > 0 && gained >= triggerAtr * atr * (1 - noise);
}

/**
 * What a partial close takes from a volume: its share in whole steps, rounded down; 0 where that or what would remain
 * is smaller than the smallest lot.
 */
export function partialVolume(
  volume: Steps,
  { share }: PartialCloseRules,
  { volumeMin }: Instrument,
): Steps {
  const part = Math.floor(volume * share * (1 + noise));
  const smallest = Math.max(1, volumeMin);
  return steps(part >= smallest && volume - part >= smallest ? part : 0);
}

/** Where the stop goes after a partial close: the entry, and the spread on the winning side of it. */
export function breakevenPrice(
  { side, entry }: Pick<Entered, 'side' | 'entry'>,
  { bid, ask }: Quote,
): number {
  return entry + direction[side] * (ask - bid);
}

const noise = 1e-9; // 0.3 / 0.1 is 2.9999999999999996
