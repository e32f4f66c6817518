import { assert } from '../domain/assert.ts';

/** A fraction without rounding: prices, tick values and lots are decimals, and binary numbers are only near them. */
export type Exact = { readonly over: bigint; readonly under: bigint };

/** The decimal that a number is written as: 0.1 is one tenth and not 0.1000000000000000055. */
export function exact(value: number): Exact {
  assert(Number.isFinite(value), () => `an amount must be finite, was ${value}`);
  const [digits = '0', exponent = '0'] = value.toString().split('e');
  const [whole = '0', decimals = ''] = digits.split('.');
  const power = Number(exponent) - decimals.length;
  const mantissa = BigInt(whole + decimals);
  return power >= 0
    ? { over: mantissa * 10n ** BigInt(power), under: 1n }
    : { over: mantissa, under: 10n ** BigInt(-power) };
}

export function product(...factors: readonly Exact[]): Exact {
  return factors.reduce((one, other) => ({
    over: one.over * other.over,
    under: one.under * other.under,
  }));
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
  return Number(smaller(over / under, BigInt(Number.MAX_SAFE_INTEGER)));
}

export function raised({ over, under }: Exact): number {
  return Number(smaller((over + under - 1n) / under, BigInt(Number.MAX_SAFE_INTEGER)));
}

/** The nearest number, but for the last digit. */
export function numberOf({ over, under }: Exact): number {
  const divisor = greatestCommon(over < 0n ? -over : over, under);
  return Number(over / divisor) / Number(under / divisor);
}

function greatestCommon(one: bigint, other: bigint): bigint {
  let [larger, rest] = [one, other];
  while (rest !== 0n) [larger, rest] = [rest, larger % rest];
  return larger;
}

function smaller(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}
