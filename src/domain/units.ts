import { assert } from './assert.ts';

declare const brand: unique symbol;

/** A `T` that cannot be mixed up with another value of the same shape. Costs nothing at run time. */
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** A moment, in milliseconds since 1970-01-01 UTC. */
export type EpochMs = Brand<number, 'EpochMs'>;
/** Order size, counted in the instrument's volume steps: 25 steps of 0.01 lot are 0.25 lot. */
export type Steps = Brand<number, 'Steps'>;
/** An amount in the account's own currency (a cent account counts cents). */
export type Money = Brand<number, 'Money'>;
/** A price of one unit of the instrument, in its quote currency. */
export type Price = Brand<number, 'Price'>;
/** A share of a whole: 0.02 is two per cent. */
export type Fraction = Brand<number, 'Fraction'>;
/** The key of an account in accounts.json. */
export type AccountId = Brand<string, 'AccountId'>;

export function epochMs(value: number): EpochMs {
  assert(Number.isSafeInteger(value), () => `a moment must be whole milliseconds, was ${value}`);
  return value as EpochMs;
}

export function steps(value: number): Steps {
  assert(
    Number.isSafeInteger(value) && value >= 0,
    () => `steps must be a whole number, was ${value}`,
  );
  return value as Steps;
}

export function money(value: number): Money {
  assert(Number.isFinite(value), () => `an amount must be finite, was ${value}`);
  return value as Money;
}

export function price(value: number): Price {
  assert(Number.isFinite(value) && value > 0, () => `a price must be positive, was ${value}`);
  return value as Price;
}

export function fraction(value: number): Fraction {
  assert(Number.isFinite(value), () => `a fraction must be finite, was ${value}`);
  return value as Fraction;
}

export function accountId(value: string): AccountId {
  assert(value.length > 0, 'an account needs a name');
  return value as AccountId;
}

const powersOfTen = Array.from({ length: 16 }, (_, digits) => 10 ** digits);

export function powerOfTen(digits: number): number {
  return powersOfTen[digits] ?? 10 ** digits;
}

/** `value` rounded half away from zero to `digits` decimals, as brokers book amounts and quote prices. */
export function roundTo(value: number, digits: number): number {
  const scale = powerOfTen(digits);
  const scaled = Math.abs(value) * scale;
  const halfAnUlp = scaled * 1e-14; // 1.005 * 100 is 100.49999999999999
  return (Math.sign(value) * Math.round(scaled + halfAnUlp)) / scale;
}
