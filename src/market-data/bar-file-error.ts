/** A file of bars that cannot be used: which one, where in it, and why. */
export class BarFileError extends Error {
  override readonly name = 'BarFileError';
  readonly file: string;
  /** Line of a CSV (the header is line 1) or row of a Parquet file (from 1); absent where the whole file is meant. */
  readonly line: number | undefined;
  readonly reason: string;

  constructor(
    file: string,
    where: { readonly line?: number; readonly cause?: unknown },
    reason: string,
  ) {
    const place = where.line === undefined ? file : `${file}:${where.line}`;
    super(`${place}: ${reason}`, where.cause === undefined ? undefined : { cause: where.cause });
    this.file = file;
    this.line = where.line;
    this.reason = reason;
  }
}
