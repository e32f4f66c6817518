import { assert } from '../domain/assert.ts';
import type { Trace } from '../domain/bar.ts';

/** `BTCUSD/M15/1763992800000` is bar 1763992800000 of the series `BTCUSD/M15`. */
export function traceParts(trace: Trace): { readonly series: string; readonly barTime: number } {
  const cut = trace.lastIndexOf('/');
  const barTime = Number(trace.slice(cut + 1));
  assert(
    cut > 0 && Number.isSafeInteger(barTime),
    () => `a trace ends in the bar's time, was ${trace}`,
  );
  return { series: trace.slice(0, cut), barTime };
}
