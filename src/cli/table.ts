/** Columns as wide as their widest cell, two spaces apart; figures stand right. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => padded(cell, widths[column] ?? 0, isFigure(rows, column)))
      .join('  ')
      .trimEnd(),
  );
}

function isFigure(rows: readonly (readonly string[])[], column: number): boolean {
  return /^[+-]?\d/.test(rows.at(-1)?.[column] ?? '');
}

function padded(cell: string, width: number, toTheRight: boolean): string {
  return toTheRight ? cell.padStart(width) : cell.padEnd(width);
}

/** Sentences begin where their column does, whatever figure they begin with. */
export function leftTable(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
