import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { valuesHash } from './values-hash.ts';

describe('the hash of a vector', () => {
  test('is the same on every machine', () => {
    expect(valuesHash(Float64Array.of(1, -0.5, 62))).toBe('051c9803ab76f8efbd2bd3ccb2a4d201');
  });

  test.each([
    ['the last bit of a value', [0.1 + 0.2], [0.3]],
    ['the sign of a zero', [0], [-0]],
    ['the order', [1, 2], [2, 1]],
    ['the length', [1], [1, 0]],
  ])('tells %s apart', (_, one, other) => {
    expect(valuesHash(Float64Array.from(one))).not.toBe(valuesHash(Float64Array.from(other)));
  });

  test('depends on the values alone, wherever they lie in memory', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true }), { maxLength: 70 }), (values) => {
        const inside = Float64Array.from([7, ...values, 7]).subarray(1, values.length + 1);
        expect(valuesHash(inside)).toBe(valuesHash(Float64Array.from(values)));
      }),
    );
  });
});
