import { assert } from '../domain/assert.ts';
import type { Trace } from '../domain/bar.ts';

type TraceParts = { readonly series: string; readonly barTime: number };

/** What was asked last: all that happens about a bar asks for the parts of its trace. */
let newest: { readonly trace: Trace; readonly parts: TraceParts } | undefined;

/** `BTCUSD/M15/1763992800000` is bar 1763992800000 of the series `BTCUSD/M15`. */
export function traceParts(trace: Trace): TraceParts {
  if (newest?.trace === trace) return newest.parts;
  const cut = trace.lastIndexOf('/');
  const barTime = Number(trace.slice(cut + 1));
  assert(
    cut > 0 && Number.isSafeInteger(barTime),
    () => `a trace ends in the bar's time, was ${trace}`,
  );
  newest = { trace, parts: { series: trace.slice(0, cut), barTime } };
  return newest.parts;
}
