/** Strict JSON (RFC 8259) that also refuses a key written twice, and remembers on which line each value stands. */
export type JsonDocument = {
  readonly value: unknown;
  /** Line of every value by its dotted path (`accounts.main.risk_pct`), counted from 1. */
  readonly lines: ReadonlyMap<string, number>;
};

export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
  readonly line: number;
  readonly column: number;
  constructor(problem: string, line: number, column: number) {
    super(`${problem} at line ${line}, column ${column}`);
    this.line = line;
    this.column = column;
  }
}

/** @throws JsonSyntaxError with the place of the first violation */
export function parseStrictJson(text: string): JsonDocument {
  const reader = new JsonReader(text.startsWith('\uFEFF') ? text.slice(1) : text);
  return { value: reader.document(), lines: reader.lines };
}

const depthMax = 32;
const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const stringPattern = /"(?:[^"\\]|\\.)*"/sy;
const literals: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };

class JsonReader {
  readonly lines = new Map<string, number>();
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): unknown {
    const value = this.#value([]);
    this.#skipSpace();
    if (this.#at < this.#text.length) this.#fail('nothing may follow the outermost value');
    return value;
  }

  #value(path: readonly string[]): unknown {
    this.#skipSpace();
    if (path.length > depthMax) this.#fail(`values may be nested ${depthMax} deep at most`);
    this.lines.set(path.join('.'), this.#place().line);
    const first = this.#text[this.#at];
    if (first === '{') return this.#object(path);
    if (first === '[') return this.#array(path);
    if (first === '"') return this.#string();
    return this.#scalar();
  }

  #object(path: readonly string[]): unknown {
    const entries = new Map<string, unknown>();
    this.#at += 1;
    if (this.#take('}')) return {};
    do {
      this.#skipSpace();
      const start = this.#at;
      if (this.#text[start] !== '"') this.#fail(this.#noKey(start));
      const name = this.#string();
      if (entries.has(name)) {
        this.#at = start;
        this.#fail(`the key ${JSON.stringify(name)} is written twice`);
      }
      if (!this.#take(':')) this.#fail(`expected ":" after the key ${JSON.stringify(name)}`);
      entries.set(name, this.#value([...path, name]));
    } while (this.#take(','));
    if (!this.#take('}')) this.#fail('expected "," or "}"');
    return Object.fromEntries(entries);
  }

  #array(path: readonly string[]): unknown {
    const items: unknown[] = [];
    this.#at += 1;
    if (this.#take(']')) return items;
    do {
      items.push(this.#value([...path, String(items.length)]));
    } while (this.#take(','));
    if (!this.#take(']')) this.#fail('expected "," or "]"');
    return items;
  }

  #string(): string {
    const quoted = this.#match(stringPattern);
    if (quoted === undefined) return this.#fail('the string is not closed');
    try {
      return JSON.parse(quoted) as string;
    } catch (cause) {
      return this.#fail('the string holds a raw line break or an escape unknown to JSON', cause);
    }
  }

  #scalar(): unknown {
    const start = this.#at;
    const word = this.#match(/[A-Za-z_]+/y);
    if (word !== undefined) {
      if (Object.hasOwn(literals, word)) return literals[word];
      this.#at = start;
      return this.#fail(`${word} is no JSON value (text stands in double quotes)`);
    }
    const digits = this.#match(numberPattern);
    if (digits !== undefined && !/[\w.]/.test(this.#text[this.#at] ?? '')) return Number(digits);
    this.#at = start;
    return this.#fail(this.#unexpected(start));
  }

  #noKey(at: number): string {
    const isEnd = at >= this.#text.length;
    return isEnd ? 'the file ends in the middle of an object' : 'expected a key in double quotes';
  }

  #unexpected(at: number): string {
    const found = this.#text[at];
    if (found === undefined) return 'the file ends in the middle of a value';
    if (found === '/' || found === '#') return 'JSON has no comments';
    if (found === '}' || found === ']') return `a value is missing before "${found}"`;
    return `expected a value, found ${JSON.stringify(found)}`;
  }

  #take(wanted: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== wanted) return false;
    this.#at += 1;
    return true;
  }

  #skipSpace(): void {
    this.#match(/[ \t\r\n]*/y);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #place(): { line: number; column: number } {
    const before = this.#text.slice(0, this.#at);
    return { line: before.split('\n').length, column: this.#at - before.lastIndexOf('\n') };
  }

  #fail(problem: string, cause?: unknown): never {
    const { line, column } = this.#place();
    const error = new JsonSyntaxError(problem, line, column);
    error.cause = cause;
    throw error;
  }
}
