/** One value that is not what it should be. Absent values are undefined. */
export type Difference = {
  /** Where it stands: `bar-decided.denial.observed`. */
  readonly path: string;
  readonly recorded: unknown;
  readonly recomputed: unknown;
};

export type Comparison = {
  readonly differences: readonly Difference[];
  /** Paths of what is computed today and was not kept when it was recorded: nothing can be said about it. */
  readonly unrecorded: readonly string[];
};

/**
 * Compares two JSON values number by number: equal means the same bits, there is no tolerance. A field that the record
 * lacks is no difference, because records of earlier programs hold less; a field that it has too many is one.
 */
export function compare(recorded: unknown, recomputed: unknown, path: string): Comparison {
  const found = { differences: [] as Difference[], unrecorded: [] as string[] };
  collect(recorded, recomputed, path, found);
  return found;
}

type Found = { readonly differences: Difference[]; readonly unrecorded: string[] };

function collect(recorded: unknown, recomputed: unknown, path: string, found: Found): void {
  if (Array.isArray(recorded) && Array.isArray(recomputed)) {
    const length = Math.max(recorded.length, recomputed.length);
    for (let index = 0; index < length; index += 1) {
      collect(recorded[index], recomputed[index], `${path}[${index}]`, found);
    }
  } else if (isRecord(recorded) && isRecord(recomputed)) {
    collectFields(recorded, recomputed, path, found);
  } else if (!Object.is(recorded, recomputed)) {
    found.differences.push({ path, recorded, recomputed });
  }
}

type Fields = Readonly<Record<string, unknown>>;

function collectFields(recorded: Fields, recomputed: Fields, path: string, found: Found): void {
  for (const key of new Set([...Object.keys(recorded), ...Object.keys(recomputed)])) {
    if (key in recorded) collect(recorded[key], recomputed[key], `${path}.${key}`, found);
    else if (recomputed[key] !== undefined) found.unrecorded.push(`${path}.${key}`);
  }
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
