import { describe, expect, test } from 'vitest';
import { playSequence } from './fault-sequence.ts';

/** Beside the first ones, those that end badly when one of the rules is left out. */
const seeds = [...Array.from({ length: 30 }, (_, index) => index + 1), 64, 67, 79, 141, 165, 188];

describe('an account at a broker that fails, under hands that meddle, in engines that die', () => {
  test.each(seeds)('loses nothing in sequence %i', async (seed) => {
    const { problems, faults, entries } = await playSequence(seed);
    expect(problems).toEqual([]);
    expect(Math.min(faults, entries)).toBeGreaterThan(0);
  });
});
