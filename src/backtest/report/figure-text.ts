import { unreachable } from '../../domain/assert.ts';
import type { FigureUnit } from '../metrics/figure-definitions.ts';

/** What stands where a figure has nothing to divide by. */
const noFigure = '–';

/** A figure as a person reads it. `currency` is what amounts are in. */
export function figureText(value: number | undefined, unit: FigureUnit, currency: string): string {
  if (value === undefined) return noFigure;
  switch (unit) {
    case 'share':
      return percentText(value);
    case 'money':
      return `${groupedText(value, 2)} ${currency}`;
    case 'r':
      return `${groupedText(value, 2)} R`;
    case 'ratio':
    case 'score':
      return groupedText(value, 2);
    case 'count':
      return groupedText(value, 0);
    case 'days':
      return `${groupedText(value, 0)} d`;
    case 'duration':
      return durationText(value);
    default:
      return unreachable(unit);
  }
}

/** What the pessimistic path says and what the optimistic one does; once where both say the same. */
export function rangeText(pessimistic: string, optimistic: string): string {
  return pessimistic === optimistic ? pessimistic : `${pessimistic} to ${optimistic}`;
}

/** `0.5731` is `57.3 %`. */
export function percentText(share: number, digits = 1): string {
  return `${groupedText(100 * share, digits)} %`;
}

/** With its sign: `+2.4 %`. */
export function changeText(share: number): string {
  const text = percentText(share);
  return Number.parseFloat(text) > 0 ? `+${text}` : text;
}

/** By decimals; made once, as making one takes longer than a thousand uses of it. */
const formats = Array.from(
  { length: 9 },
  (_, digits) =>
    new Intl.NumberFormat('en-US', {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }),
);

/** At most 8 decimals. Thousands apart, a real minus, no minus before nothing: `1,234.50`, `−3.00`, `0.00`. */
export function groupedText(value: number, digits: number): string {
  const text = (formats[digits] as Intl.NumberFormat).format(Math.abs(value));
  return value < 0 && /[1-9]/.test(text) ? `−${text}` : text;
}

/** In its two largest units: `3 d 4 h`, `45 min`. */
export function durationText(durationMs: number): string {
  const minutes = Math.round(durationMs / 60_000);
  const [days, hours, rest] = [
    Math.floor(minutes / 1_440),
    Math.floor(minutes / 60) % 24,
    minutes % 60,
  ];
  if (days > 0) return hours > 0 ? `${days} d ${hours} h` : `${days} d`;
  if (hours > 0) return rest > 0 ? `${hours} h ${rest} min` : `${hours} h`;
  return `${rest} min`;
}
