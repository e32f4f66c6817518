/** Bars in CSV: unix seconds of the open in UTC, prices, volume, optionally the spread in points. */
import type { Bar } from '../domain/bar.ts';
import type { EpochMs, Price } from '../domain/units.ts';
import { BarFileError } from './bar-file-error.ts';
import { barProblem, timeProblem } from './bar-series.ts';

const header = 'time,open,high,low,close,volume';
const headerWithSpread = `${header},spread_points`;
const lineFeed = 10;
const carriageReturn = 13;
const comma = 44;
const point = 46;
const minus = 45;
const zero = 48;
const nine = 57;
const mantissaMax = 2 ** 53;
const powersOfTen = Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);
const fieldLengthMax = 40;

/**
 * Every row as a bar, in the file's order; row `i` stands on line `i + 2`. Throws `BarFileError` at the first line
 * that is no bar or is not after the one before.
 */
export function parseCsvBars(bytes: Uint8Array, file: string): Bar[] {
  const scanner = new CsvScanner(bytes);
  const width = parseHeader(scanner, file);
  const fields = new Float64Array(width);
  const bars: Bar[] = [];
  let previous = Number.NEGATIVE_INFINITY;
  while (!scanner.isAtEnd) {
    const line = bars.length + 2;
    const reason = scanner.readRow(fields);
    if (reason !== undefined) throw new BarFileError(file, { line }, reason);
    const bar = barOf(fields);
    const problem = timeProblem(bar.openTime) ?? barProblem(bar, previous);
    if (problem !== undefined) throw new BarFileError(file, { line }, problem);
    bars.push(bar);
    previous = bar.openTime;
  }
  return bars;
}

function parseHeader(scanner: CsvScanner, file: string): number {
  const found = scanner.readLine();
  if (found === header) return 6;
  if (found === headerWithSpread) return 7;
  const reason = `header must be "${header}" or "${headerWithSpread}", was "${found.slice(0, 80)}"`;
  throw new BarFileError(file, { line: 1 }, reason);
}

function barOf(fields: Float64Array): Bar {
  const bar = {
    openTime: ((fields[0] as number) * 1_000) as EpochMs,
    open: fields[1] as Price,
    high: fields[2] as Price,
    low: fields[3] as Price,
    close: fields[4] as Price,
    volume: fields[5] as number,
  };
  return fields.length === 6 ? bar : { ...bar, spreadPoints: fields[6] as number };
}

/** Reads numbers straight from the bytes: no string is made unless a number is unusual or wrong. */
class CsvScanner {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#end = bytes.length;
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.#at = 3;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#end;
  }

  readLine(): string {
    const start = this.#at;
    const feed = this.#bytes.indexOf(lineFeed, start);
    const end = feed < 0 ? this.#end : feed;
    this.#at = end + 1;
    return this.#text(start, end).replace(/\r$/, '');
  }

  /** Fills `fields` from the next line. Gives the reason when the line does not hold exactly these numbers. */
  readRow(fields: Float64Array): string | undefined {
    for (let column = 0; column < fields.length; column++) {
      const start = this.#at;
      const value = this.#readNumber();
      const isLast = column === fields.length - 1;
      if (Number.isNaN(value)) return this.#explain(start, column);
      if (!this.#skipEnd(isLast)) return this.#explainWidth(fields.length);
      fields[column] = value;
    }
    return undefined;
  }

  /**
   * The number at the current place, up to a comma or the end of the line; NaN when there is none. A decimal of at most
   * 15 digits is the quotient of two exact float64, so the division rounds it correctly.
   */
  #readNumber(): number {
    const start = this.#at;
    const bytes = this.#bytes;
    const isNegative = bytes[this.#at] === minus;
    if (isNegative) this.#at++;
    const firstDigit = this.#at;
    const whole = this.#readDigits(0);
    let digits = this.#at - firstDigit;
    let decimals = 0;
    let mantissa = whole;
    if (bytes[this.#at] === point) {
      this.#at++;
      const firstDecimal = this.#at;
      mantissa = this.#readDigits(whole);
      decimals = this.#at - firstDecimal;
      digits += decimals;
    }
    const isPlain = digits > 0 && this.#isAtFieldEnd() && mantissa < mantissaMax && decimals <= 22;
    if (!isPlain) return this.#readUnusual(start);
    const value = decimals === 0 ? mantissa : mantissa / (powersOfTen[decimals] as number);
    return isNegative ? -value : value;
  }

  #readDigits(before: number): number {
    let value = before;
    let byte = this.#bytes[this.#at] as number;
    while (byte >= zero && byte <= nine) {
      value = value * 10 + (byte - zero);
      byte = this.#bytes[++this.#at] as number;
    }
    return value;
  }

  /** Exponents, many digits, and everything that is no number. */
  #readUnusual(start: number): number {
    this.#at = start;
    while (!this.#isAtFieldEnd()) this.#at++;
    const text = this.#text(start, this.#at);
    const value = /^-?\d*\.?\d+(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
    return Number.isFinite(value) ? value : Number.NaN;
  }

  #isAtFieldEnd(): boolean {
    const byte = this.#bytes[this.#at];
    return byte === comma || byte === lineFeed || byte === carriageReturn || byte === undefined;
  }

  /** Steps over the comma, or over the end of the line after the last field; false when the other one stands there. */
  #skipEnd(isLast: boolean): boolean {
    const isComma = this.#bytes[this.#at] === comma;
    if (isComma === isLast) return false;
    if (!isComma && this.#bytes[this.#at] === carriageReturn) this.#at++;
    this.#at++;
    return true;
  }

  #explain(start: number, column: number): string {
    const names = headerWithSpread.split(',');
    const text = this.#text(start, Math.min(this.#at, start + fieldLengthMax));
    return text === ''
      ? `${names[column]} is missing`
      : `${names[column]} is not a number: "${text}"`;
  }

  #explainWidth(expected: number): string {
    return `must have ${expected} fields`;
  }

  #text(start: number, end: number): string {
    return Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + start, end - start).toString(
      'utf8',
    );
  }
}
