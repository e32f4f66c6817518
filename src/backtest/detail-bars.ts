import type { Bar } from '../domain/bar.ts';
import type { FinerBars } from './exchange-broker.ts';

/** Shorter bars of the same market, by the longer bar that they tell more about. */
export type DetailBars = {
  /** Undefined where there is none. */
  of(bar: Bar): FinerBars | undefined;
};

/**
 * A bar is played in shorter ones only where they come to the very same bar: same open, high, low and close. Bars of
 * another feed, or with a minute missing that mattered, tell of another market.
 *
 * @param barMs length of the longer bars
 * @param finer oldest first, `finerMs` long
 */
export function detailBars(
  bars: readonly Bar[],
  barMs: number,
  finer: readonly Bar[],
  finerMs: number,
): DetailBars {
  const parts = new Map<number, Bar[]>();
  for (const bar of finer) {
    const start = Math.floor(bar.openTime / barMs) * barMs;
    const known = parts.get(start);
    if (known) known.push(bar);
    else parts.set(start, [bar]);
  }
  const usable = new Map<number, FinerBars>();
  for (const bar of bars) {
    const inside = parts.get(bar.openTime);
    if (inside === undefined || !comesTo(inside, bar)) continue;
    const spread = bar.spreadPoints === undefined ? {} : { spreadPoints: bar.spreadPoints };
    usable.set(bar.openTime, {
      barMs: finerMs,
      bars: inside.map((part) => ({ ...spread, ...part })),
    });
  }
  return { of: ({ openTime }) => usable.get(openTime) };
}

function comesTo(parts: readonly Bar[], bar: Bar): boolean {
  const [first, last] = [parts[0], parts.at(-1)];
  return (
    first?.openTime === bar.openTime &&
    first.open === bar.open &&
    last?.close === bar.close &&
    Math.max(...parts.map(({ high }) => high)) === bar.high &&
    Math.min(...parts.map(({ low }) => low)) === bar.low
  );
}
