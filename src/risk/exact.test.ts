import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Exact, exact, numberOf, product, quotient } from './exact.ts';

describe('the decimal that a number is written as', () => {
  test.each<readonly [number, bigint, bigint]>([
    [0.1, 1n, 10n],
    [-0.25, -25n, 100n],
    [95_000.12, 9_500_012n, 100n],
    [0.1 + 0.2, 30_000_000_000_000_004n, 100_000_000_000_000_000n],
    [1.5e-7, 15n, 100_000_000n],
    [999_999_999_999_999, 999_999_999_999_999n, 1n],
    [1e21, 1_000_000_000_000_000_000_000n, 1n],
  ])('%d is %d over %d', (value, over, under) => {
    expect(exact(value)).toEqual({ over, under });
  });

  test('is read off its digits, whatever the number', () => {
    const short = fc
      .tuple(fc.integer({ min: -(10 ** 15), max: 10 ** 15 }), fc.integer({ min: 0, max: 18 }))
      .map(([digits, decimals]) => Number(`${digits}e-${decimals}`));
    const any = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.oneof(short, any), (value) => {
        expect(exact(value)).toEqual(written(value));
      }),
    );
  });
});

test('a product of decimals is divided back into what it was made of', () => {
  const decimal = fc.integer({ min: 1, max: 10 ** 9 }).map((digits) => digits / 10_000);
  fc.assert(
    fc.property(decimal, decimal, (one, other) => {
      expect(numberOf(quotient(product(exact(one), exact(other)), exact(other)))).toBe(one);
    }),
  );
});

/** By the text alone. */
function written(value: number): Exact {
  const [, sign, whole, decimals = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  const power = decimals.length - Number(exponent);
  const digits = BigInt(`${whole}${decimals}`) * (sign === '-' ? -1n : 1n);
  return power > 0
    ? { over: digits, under: 10n ** BigInt(power) }
    : { over: digits * 10n ** BigInt(-power), under: 1n };
}
