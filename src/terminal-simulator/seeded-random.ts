import { createHash } from 'node:crypto';

/** Chance with a seed: the same seed gives the same numbers on every machine. */
export type SeededRandom = {
  /** Evenly in [0, 1). */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** Where it stands, as JSON data: a generator made from it goes on with the same numbers. */
  state(): RandomState;
};

export type RandomState = {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly counter: number;
  /** The second normal of a pair, when the first was taken. */
  readonly spare?: number;
};

/** Chance from a seed: Chris Doty-Humphrey's sfc32 (PractRand), its 128-bit state taken from a hash of the seed. */
export function seededRandom(seed: string): SeededRandom {
  const hash = createHash('sha256').update(seed).digest();
  const [a, b, c] = [hash.readInt32LE(0), hash.readInt32LE(4), hash.readInt32LE(8)];
  const random = resumedRandom({ a, b, c, counter: 1 });
  for (let round = 0; round < 15; round++) random.uniform();
  return random;
}

/** Chance that goes on where `state` was taken. */
export function resumedRandom(from: RandomState): SeededRandom {
  let { a, b, c, counter } = from;
  let spare = from.spare;
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
  const state = () => ({ a, b, c, counter, ...(spare === undefined ? {} : { spare }) });
  return { uniform, normal, state };
}
