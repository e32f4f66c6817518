import type { AxisValue, SetOverride } from './grids.ts';
import type { SweepRow } from './sweep-rows.ts';
import { judgedFigures } from './worse-column.ts';

/** Two keys of a sweep against each other. */
export type HeatMap = {
  readonly rowKey: string;
  /** Absent where only one key has several values, and where no set has two keys. */
  readonly columnKey?: string;
  readonly rows: readonly AxisValue[];
  readonly columns: readonly AxisValue[];
  /** Row by row: the best Score of the sets with these two values; undefined where there is none. */
  readonly scores: readonly (readonly (number | undefined)[])[];
};

/** The two keys whose values move the mean Score most. Undefined where no key has two values. */
export function heatMap(rows: readonly SweepRow[]): HeatMap | undefined {
  const keys = [...new Set(rows.flatMap(({ override }) => Object.keys(override)))];
  const [rowKey, ...others] = keys
    .filter((key) => !key.endsWith('.enabled') && valuesOf(rows, key).length > 1)
    .map((key) => ({ key, reach: reachOf(rows, key) }))
    .toSorted((a, b) => b.reach - a.reach)
    .map(({ key }) => key);
  if (rowKey === undefined) return undefined;
  const columnKey = others.find((key) => rows.some(({ override }) => isIn(override, rowKey, key)));
  const values = valuesOf(rows, rowKey);
  const columns = columnKey === undefined ? [] : valuesOf(rows, columnKey);
  const best = (row: AxisValue, column?: AxisValue) => {
    const scores = rows
      .filter(({ override }) => override[rowKey] === row)
      .filter(({ override }) => columnKey === undefined || override[columnKey] === column)
      .map(({ result }) => judgedFigures(result).scoreWeekly);
    return scores.length === 0 ? undefined : Math.max(...scores);
  };
  return {
    ...{ rowKey, ...(columnKey !== undefined && { columnKey }), rows: values, columns },
    scores: values.map((row) =>
      columnKey === undefined ? [best(row)] : columns.map((column) => best(row, column)),
    ),
  };
}

function isIn(override: SetOverride, ...keys: readonly string[]): boolean {
  return keys.every((key) => override[key] !== undefined);
}

function valuesOf(rows: readonly SweepRow[], key: string): readonly AxisValue[] {
  const values = rows.map(({ override }) => override[key]).filter((value) => value !== undefined);
  return [...new Set(values)].toSorted((a, b) => Number(a) - Number(b));
}

/** Between the value with the best mean Score and the one with the worst. */
function reachOf(rows: readonly SweepRow[], key: string): number {
  const means = valuesOf(rows, key).map((value) => {
    const scores = rows
      .filter(({ override }) => override[key] === value)
      .map(({ result }) => judgedFigures(result).scoreWeekly);
    return scores.reduce((sum, score) => sum + score, 0) / scores.length;
  });
  return Math.max(...means) - Math.min(...means);
}
