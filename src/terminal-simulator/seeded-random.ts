import { createHash } from 'node:crypto';

/** Chance with a seed: the same seed gives the same numbers on every machine. */
export type SeededRandom = {
  /** Evenly in [0, 1). */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
};

/** Chris Doty-Humphrey's sfc32 (PractRand), its 128-bit state taken from a hash of the seed. */
export function seededRandom(seed: string): SeededRandom {
  const hash = createHash('sha256').update(seed).digest();
  let a = hash.readUInt32LE(0);
  let b = hash.readUInt32LE(4);
  let c = hash.readUInt32LE(8);
  let counter = 1;
  let spare: number | undefined;
  const uniform = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4_294_967_296;
  };
  const normal = () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    // Box and Muller: two independent normals from two uniforms.
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  for (let round = 0; round < 15; round++) uniform();
  return { uniform, normal };
}
