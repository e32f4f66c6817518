/** Draws from a seed: the same numbers in the same order, always. */
export type Draw = {
  readonly chance: () => number;
  readonly whole: (from: number, to: number) => number;
  readonly pick: <T>(among: readonly T[]) => T;
};

export function drawFrom(chance: () => number): Draw {
  return {
    chance,
    whole: (from, to) => from + Math.floor(chance() * (to - from + 1)),
    pick: <T>(among: readonly T[]): T => among[Math.floor(chance() * among.length)] as T,
  };
}
