import { lots, valuePerLot } from '../domain/instrument.ts';
import type { EpochMs } from '../domain/units.ts';
import type { OpenPosition } from './state.ts';
import type { MarketTerms } from './terms.ts';

const dayMs = 86_400_000;

/**
 * How many nights' swap the midnight at the end of each weekday costs, Sunday first. Wednesday's settles over the
 * weekend and counts three times, so those of Saturday and Sunday cost nothing (MT5: `swap_rollover3days` 3).
 */
const nightsByWeekday = [0, 1, 1, 3, 1, 1, 0] as const;

/** Nights to pay for between two moments: every UTC midnight after `from` up to and including `to`, weighted. */
export function nightsBetween(from: EpochMs, to: EpochMs): number {
  let nights = 0;
  const last = Math.floor(to / dayMs);
  for (let day = Math.floor(from / dayMs); day < last; day++) {
    nights += nightsByWeekday[weekdayOf(day)] ?? 0;
  }
  return nights;
}

/** The first UTC midnight after a moment. */
export function midnightAfter(at: EpochMs): EpochMs {
  return ((Math.floor(at / dayMs) + 1) * dayMs) as EpochMs;
}

/** What holding a position for one night is worth, in the account's currency, not rounded; negative is paid. */
export function swapPerNight(position: OpenPosition, market: MarketTerms): number {
  const { instrument, swapLongPoints, swapShortPoints } = market;
  const points = position.side === 'buy' ? swapLongPoints : swapShortPoints;
  return points * instrument.point * lots(instrument, position.volume) * valuePerLot(instrument);
}

/** Whether a night costs or earns any position of a symbol something. */
export function isNightCharged(
  positions: readonly OpenPosition[],
  market: MarketTerms,
  symbol: string,
): boolean {
  return positions.some(
    (position) => position.symbol === symbol && swapPerNight(position, market) !== 0,
  );
}

/** 1970-01-01 was a Thursday. */
function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}
