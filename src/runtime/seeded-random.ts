/**
 * Numbers in [0, 1), the same sequence for the same seed. For jitter and simulation, not for secrets.
 *
 * Mulberry32 by Tommy Ettinger: a counter of 32 bits, mixed.
 */
export function seededRandom(seed: number): () => number {
  let counter = seed >>> 0;
  return () => {
    counter = (counter + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(counter ^ (counter >>> 15), counter | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
