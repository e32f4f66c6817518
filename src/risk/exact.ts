import { assert } from '../domain/assert.ts';
import { powerOfTen } from '../domain/units.ts';

/** A fraction without rounding: prices, tick values and lots are decimals, and binary numbers are only near them. */
export type Exact = { readonly over: bigint; readonly under: bigint };

/** What a number counts exactly. */
const countMax = BigInt(Number.MAX_SAFE_INTEGER);

/** Decimals of so many digits are told apart by the numbers that are nearest to them. */
const digitsMax = 15;
const mantissaMax = powerOfTen(digitsMax) - 1;

/** The decimal that a number is written as: 0.1 is one tenth and not 0.1000000000000000055. */
export function exact(value: number): Exact {
  assert(Number.isFinite(value), () => `an amount must be finite, was ${value}`);
  // The only short decimal that the number is nearest to is the one that it is written as.
  for (let decimals = 0; decimals <= digitsMax; decimals += 1) {
    const power = powerOfTen(decimals);
    const mantissa = Math.round(value * power);
    if (Math.abs(mantissa) > mantissaMax) break;
    if (mantissa / power === value) return { over: BigInt(mantissa), under: BigInt(power) };
  }
  return written(value);
}

function written(value: number): Exact {
  const [digits = '0', exponent = '0'] = value.toString().split('e');
  const [whole = '0', decimals = ''] = digits.split('.');
  const power = Number(exponent) - decimals.length;
  const mantissa = BigInt(whole + decimals);
  return power >= 0
    ? { over: mantissa * 10n ** BigInt(power), under: 1n }
    : { over: mantissa, under: 10n ** BigInt(-power) };
}

export function product(one: Exact, other: Exact): Exact {
  return { over: one.over * other.over, under: one.under * other.under };
}

/** `divisor` must be positive. */
export function quotient(dividend: Exact, divisor: Exact): Exact {
  assert(divisor.over > 0n, 'the divisor must be positive');
  return { over: dividend.over * divisor.under, under: dividend.under * divisor.over };
}

/** How far apart two numbers are. */
export function distance(one: Exact, other: Exact): Exact {
  const difference = one.over * other.under - other.over * one.under;
  return { over: difference < 0n ? -difference : difference, under: one.under * other.under };
}

export function sum(one: Exact, other: Exact): Exact {
  const over = one.over * other.under + other.over * one.under;
  return { over, under: one.under * other.under };
}

export function isMore(one: Exact, other: Exact): boolean {
  return one.over * other.under > other.over * one.under;
}

/** Whole part of one that is not negative; at most what a number counts exactly. */
export function floored({ over, under }: Exact): number {
  return Number(smaller(over / under, countMax));
}

export function raised({ over, under }: Exact): number {
  return Number(smaller((over + under - 1n) / under, countMax));
}

/** The nearest number, but for the last digit. */
export function numberOf({ over, under }: Exact): number {
  if (isCountable(over) && isCountable(under)) return Number(over) / Number(under);
  const divisor = greatestCommon(over < 0n ? -over : over, under);
  return Number(over / divisor) / Number(under / divisor);
}

function greatestCommon(one: bigint, other: bigint): bigint {
  let [larger, rest] = [one, other];
  while (rest !== 0n) [larger, rest] = [rest, larger % rest];
  return larger;
}

function isCountable(whole: bigint): boolean {
  return whole <= countMax && whole >= -countMax;
}

function smaller(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}
