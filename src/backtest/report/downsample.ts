/** A value at a moment. */
export type Sample = { readonly atMs: number; readonly value: number };

export type Span = { readonly fromMs: number; readonly toMs: number };

/** Which of `columns` equal parts of a span a moment lies in; what lies outside belongs to its ends. */
export function columnOf(atMs: number, { fromMs, toMs }: Span, columns: number): number {
  const column = Math.floor(((atMs - fromMs) / Math.max(toMs - fromMs, 1)) * columns);
  return Math.min(Math.max(column, 0), columns - 1);
}

/**
 * At most four samples a column: its first, lowest, highest and last, in the order in which they came. A line through
 * them covers what a line through all of them would, at one column a pixel.
 */
export function downsample(samples: readonly Sample[], span: Span, columns: number): Sample[] {
  const kept: Sample[] = [];
  let column: Sample[] = [];
  let current = -1;
  for (const sample of samples) {
    const at = columnOf(sample.atMs, span, columns);
    if (at !== current) {
      kept.push(...extremesOf(column));
      column = [];
      current = at;
    }
    column.push(sample);
  }
  kept.push(...extremesOf(column));
  return kept;
}

function extremesOf(column: readonly Sample[]): readonly Sample[] {
  if (column.length <= 4) return column;
  let [lowest, highest] = [0, 0];
  column.forEach(({ value }, index) => {
    if (value < (column[lowest] as Sample).value) lowest = index;
    if (value > (column[highest] as Sample).value) highest = index;
  });
  const indexes = new Set([0, lowest, highest, column.length - 1]);
  return [...indexes].sort((a, b) => a - b).map((index) => column[index] as Sample);
}

/** Lowest low, highest high and last close of a column. */
export type PriceColumn = { readonly low: number; readonly high: number; readonly close: number };

type RangeBar = {
  readonly openTime: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
};

/** Bars by column, undefined where none opened in one. No extreme is lost. */
export function priceColumns(
  bars: readonly RangeBar[],
  span: Span,
  columns: number,
): readonly (PriceColumn | undefined)[] {
  const kept = new Array<PriceColumn | undefined>(columns).fill(undefined);
  for (const { openTime, high, low, close } of bars) {
    const at = columnOf(openTime, span, columns);
    const so = kept[at];
    kept[at] = {
      low: Math.min(so?.low ?? low, low),
      high: Math.max(so?.high ?? high, high),
      close,
    };
  }
  return kept;
}
