import type { Bar } from '../../domain/bar.ts';

/** What is said of one bar, in the order of the names; undefined where nothing is said yet. */
type BarRow = ArrayLike<number | string> | undefined;

/** Something that is said of every bar, and must be said from that bar and those before it alone. */
export type BarReader = {
  readonly names: readonly string[];
  /** Takes a series, and answers for its bars `from` to `to`, both included: one row each. */
  read(bars: readonly Bar[]): Promise<(from: number, to: number) => Promise<readonly BarRow[]>>;
};

/** A column that says something else of a bar when later bars are there. */
export type LookAhead = {
  readonly name: string;
  /** Bars of which it does, over all cuts. */
  readonly bars: number;
  /** The first of them: when it opened, and what is said of it. */
  readonly atMs: number;
  readonly whole: number | string | undefined;
  readonly cut: number | string | undefined;
};

/**
 * Reads the whole series, and the series cut after each of `cuts`: what is said of a bar must be the same, to the last
 * bit. Empty where nothing looks ahead.
 *
 * @param cuts indexes of the last bars that are kept
 * @param rowsMax how many bars before each cut are compared
 */
export async function lookAheads(
  bars: readonly Bar[],
  reader: BarReader,
  { cuts, rowsMax }: { readonly cuts: readonly number[]; readonly rowsMax: number },
): Promise<readonly LookAhead[]> {
  const found = new Map<string, LookAhead>();
  const readWhole = await reader.read(bars);
  for (const last of cuts) {
    const from = Math.max(0, last - rowsMax + 1);
    const readCut = await reader.read(bars.slice(0, last + 1));
    const [whole, cut] = [await readWhole(from, last), await readCut(from, last)];
    for (let index = from; index <= last; index++) {
      const rows = { whole: whole[index - from], cut: cut[index - from] };
      compare(rows, reader.names, (bars[index] as Bar).openTime, found);
    }
  }
  return [...found.values()];
}

function compare(
  { whole, cut }: { readonly whole: BarRow; readonly cut: BarRow },
  names: readonly string[],
  atMs: number,
  found: Map<string, LookAhead>,
): void {
  for (const [column, name] of names.entries()) {
    const values = { whole: whole?.[column], cut: cut?.[column] };
    if (Object.is(values.whole, values.cut)) continue;
    const before = found.get(name);
    found.set(name, { ...(before ?? { name, atMs, ...values }), bars: (before?.bars ?? 0) + 1 });
  }
}

/** Indexes spread evenly over the part of a series that is spoken of, its last bar but one included. */
export function evenCuts(first: number, bars: number, count: number): readonly number[] {
  const last = bars - 2;
  if (last < first) return [];
  const step = (last - first) / count;
  const cuts = Array.from({ length: count }, (_, cut) => Math.round(first + step * (cut + 1)));
  return [...new Set(cuts)];
}
