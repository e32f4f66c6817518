import { createHash } from 'node:crypto';

/**
 * Names one vector, bit by bit: the first 32 hexadecimal digits of the sha256 of its values as little-endian float64.
 * Two vectors with the same hash are the same, down to the sign of a zero.
 */
export function valuesHash(values: Float64Array): string {
  const bytes = Buffer.alloc(values.length * Float64Array.BYTES_PER_ELEMENT);
  for (const [index, value] of values.entries()) {
    bytes.writeDoubleLE(value, index * Float64Array.BYTES_PER_ELEMENT);
  }
  return createHash('sha256').update(bytes).digest('hex').slice(0, 32);
}
