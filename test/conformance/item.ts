/** One thing that an actor runtime has to do, and the tests that show that this one does. */
export type Item = {
  readonly n: number;
  readonly text: string;
  /** `file: describe > test` as they stand in the source; a bare file name is one of `src/runtime`. None: still open. */
  readonly tests: readonly string[];
  /** Why it has no meaning here. */
  readonly notApplicable?: string;
};

export function item(n: number, text: string, ...tests: readonly string[]): Item {
  return { n, text, tests };
}

export function notApplicable(n: number, text: string, why: string): Item {
  return { n, text, tests: [], notApplicable: why };
}

/** Where a test stands: a path from the root of the repository, and its title with that of its `describe`. */
export type Pointer = { readonly file: string; readonly title: string };

export function pointerOf(test: string): Pointer {
  const [where = '', ...rest] = test.split(': ');
  const file = where.includes('/') ? `${where}.test.ts` : `src/runtime/${where}.test.ts`;
  return { file, title: rest.join(': ') };
}
