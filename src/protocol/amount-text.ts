import type { EpochMs } from '../domain/units.ts';

/** A price with the decimals it has, at least two: 61234.5 is `61234.50`, 1.08535 stays. */
export function priceText(value: number): string {
  const exact = String(Number(value.toFixed(8)));
  const decimals = exact.includes('e') ? 8 : (exact.split('.')[1]?.length ?? 0);
  return value.toFixed(Math.max(2, decimals));
}

/** An amount of money with two decimals. */
export function amountText(value: number): string {
  const text = value.toFixed(2);
  return text === '-0.00' ? '0.00' : text;
}

/** A result with two decimals and its sign: `+12.50`, `-3.00`, `0.00`. */
export function resultText(value: number): string {
  const text = amountText(value);
  return Number(text) > 0 ? `+${text}` : text;
}

/** A limit's number as a person reads it: at most six significant digits. */
export function numberText(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** A moment to the minute, UTC: `2025-03-04 10:15`. Before an account has seen its first quote it knows none. */
export function momentText(at: EpochMs): string {
  if (at === 0) return '(no market time)';
  return new Date(at).toISOString().slice(0, 16).replace('T', ' ');
}
