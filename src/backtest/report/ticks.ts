import { timeframeMs } from '../../domain/bar.ts';
import type { Span } from './downsample.ts';
import { groupedText } from './figure-text.ts';

export type Tick = { readonly value: number; readonly label: string };

/** Round values (1, 2 or 5 of a power of ten) between two others, at most `countMax` of them. */
export function roundTicks(low: number, high: number, countMax: number): readonly number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / countMax;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((each) => each * power >= rough) ?? 10);
  const first = Math.ceil(low / step);
  const last = Math.floor(high / step + 1e-9);
  return Array.from(
    { length: Math.max(0, last - first + 1) },
    (_, index) => (first + index) * step,
  );
}

const monthNames = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const dayMs = timeframeMs.D1;

/** Beginnings of hours, days, months or years, UTC, at most `countMax` of them. */
export function timeTicks({ fromMs, toMs }: Span, countMax: number): readonly Tick[] {
  const lengthMs = toMs - fromMs;
  const step = [timeframeMs.H1, timeframeMs.H4, dayMs, 2 * dayMs, 7 * dayMs].find(
    (each) => lengthMs / each <= countMax,
  );
  if (step !== undefined) return evenTicks({ fromMs, toMs }, step);
  const months = [1, 2, 3, 6, 12, 24, 60, 120].find(
    (each) => lengthMs / (each * 30.4 * dayMs) <= countMax,
  );
  return monthTicks({ fromMs, toMs }, months ?? 240);
}

function evenTicks({ fromMs, toMs }: Span, stepMs: number): readonly Tick[] {
  const ticks: Tick[] = [];
  for (let value = Math.ceil(fromMs / stepMs) * stepMs; value <= toMs; value += stepMs) {
    const at = new Date(value);
    const day = `${at.getUTCDate()} ${monthNames[at.getUTCMonth()]}`;
    ticks.push({ value, label: stepMs < dayMs ? at.toISOString().slice(11, 16) : day });
  }
  return ticks;
}

function monthTicks({ fromMs, toMs }: Span, stepMonths: number): readonly Tick[] {
  const from = new Date(fromMs);
  const first = from.getUTCFullYear() * 12 + from.getUTCMonth();
  const ticks: Tick[] = [];
  for (let month = Math.ceil(first / stepMonths) * stepMonths; ; month += stepMonths) {
    const value = Date.UTC(Math.floor(month / 12), month % 12, 1);
    if (value > toMs) return ticks;
    if (value < fromMs) continue;
    const year = Math.floor(month / 12);
    const label = month % 12 === 0 ? String(year) : `${monthNames[month % 12]} ${year}`;
    ticks.push({ value, label: stepMonths >= 12 ? String(year) : label });
  }
}

/** As many decimals as tell two ticks apart. */
export function axisTextOf({
  low,
  high,
}: {
  readonly low: number;
  readonly high: number;
}): (value: number) => string {
  const digits = Math.min(8, Math.max(0, 1 - Math.floor(Math.log10((high - low) / 5))));
  return (value) => groupedText(value, high - low >= 5 ? 0 : digits);
}
