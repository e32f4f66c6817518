/** Compile-time proof that what a schema reads is what the domain means: same keys, same optionality, same brands. */
export type Agree<Read, Meant> = Same<Flat<Read>, Flat<Meant>>;

type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Intersections merged and `readonly` taken off, all the way down; values with a brand stay as they are. */
type Flat<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? Flat<Item>[]
    : { -readonly [Key in keyof T]: Flat<T[Key]> };
