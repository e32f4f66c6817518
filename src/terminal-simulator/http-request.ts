/** The bytes of a connection become HTTP/1.1 requests again (RFC 9112, §2 to §6). */

export type Head = {
  readonly method: string;
  /** Path and query as they came: `/positions?symbol=BTCUSDc`. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** Whether the client expects another answer on this connection. */
  readonly isPersistent: boolean;
  readonly bodyBytes: number;
};

export type HttpRequest<Known extends Head = Head> = {
  readonly head: Known;
  readonly body: Buffer;
};

/** What came is no request that is served here: it is answered with a status, and nothing after it can be read. */
export class BadRequestError extends Error {
  override readonly name = 'BadRequestError';
  readonly status: number;
  constructor(reason: string, status = 400) {
    super(reason);
    this.status = status;
  }
}

const headBytesMax = 16 * 1024;
const bodyBytesMax = 25 * 1024 * 1024;
const none: Buffer = Buffer.alloc(0);
const headEnd = '\r\n\r\n';

/**
 * Takes bytes in pieces of any size and gives requests in their order. Bodies have a length: one in chunks is refused
 * (411), as a server may.
 */
export class RequestReader<Known extends Head> {
  readonly #heads: KnownHeads<Known>;
  readonly #onExpected: () => void;
  #pieces: Buffer[] = [];
  #bytes = 0;
  /** Heads that have been read: the first `#given` of them have been given. */
  #run: readonly Known[] = [];
  #given = 0;
  /** Waits for its body. */
  #head: Known | undefined;

  /** @param onExpected a client waits for a word before it sends its body */
  constructor(heads: KnownHeads<Known>, onExpected: () => void) {
    this.#heads = heads;
    this.#onExpected = onExpected;
  }

  /** Whether bytes are here that are no request yet. Asked when `next` has no more. */
  get isWaiting(): boolean {
    return this.#bytes > 0 || this.#head !== undefined;
  }

  push(bytes: Buffer): void {
    this.#pieces.push(bytes);
    this.#bytes += bytes.length;
  }

  /** The next request that is whole. Throws `BadRequestError`. */
  next(): HttpRequest<Known> | undefined {
    const head = this.#head ?? this.#nextHead();
    this.#head = head;
    if (head === undefined || this.#bytes < head.bodyBytes) return undefined;
    this.#head = undefined;
    return { head, body: this.#take(head.bodyBytes) };
  }

  #nextHead(): Known | undefined {
    if (this.#given === this.#run.length) this.#readRun();
    const head = this.#run[this.#given];
    if (head === undefined) return undefined;
    this.#given += 1;
    const isWhole = this.#bytes >= head.bodyBytes;
    if (!isWhole && head.headers.get('expect')?.toLowerCase() === '100-continue') {
      this.#onExpected();
    }
    return head;
  }

  #readRun(): void {
    if (this.#bytes === 0) return;
    const all = this.#joined();
    const end = all.lastIndexOf(headEnd, headBytesMax, 'latin1');
    if (end === -1 && all.length > headBytesMax) {
      throw new BadRequestError(`the head of a request may have ${headBytesMax} bytes`, 431);
    }
    if (end === -1) return;
    const { heads, length } = this.#heads.run(all.toString('latin1', 0, end + headEnd.length));
    this.#take(length);
    this.#run = heads;
    this.#given = 0;
  }

  #take(count: number): Buffer {
    if (count === 0) return none;
    const all = this.#joined();
    this.#pieces = count === all.length ? [] : [all.subarray(count)];
    this.#bytes -= count;
    return all.subarray(0, count);
  }

  #joined(): Buffer {
    const [only = none] = this.#pieces;
    if (this.#pieces.length === 1) return only;
    const all = Buffer.concat(this.#pieces);
    this.#pieces = [all];
    return all;
  }
}

const requestLine = /^([A-Z]{1,20}) (\/[\x21-\x7e]*) HTTP\/1\.([01])$/;
const token = /^[!#$%&'*+.^_`|~\w-]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be in a header
const forbidden = /[\0-\x08\x0a-\x1f\x7f]/;

const knownMax = 500;
const newMax = 100;

/** Heads that follow each other: nothing but the last has a body. */
type Run<Known extends Head> = {
  readonly heads: readonly Known[];
  /** With the empty lines that end them. */
  readonly length: number;
};

/**
 * Heads that a server has read already, each run by its text: who asks every bar says the same every bar. Those with a
 * time in them are new each time: a run is kept when it has come twice. They hold the tokens of its clients: each server has its own.
 */
export class KnownHeads<Known extends Head> {
  readonly #known = new Map<string, Run<Known>>();
  /** Came once. */
  readonly #new = new Set<string>();
  readonly #understand: (head: Head) => Known;

  /** @param understand adds what follows from a head and nothing else */
  constructor(understand: (head: Head) => Known) {
    this.#understand = understand;
  }

  /** The heads that `text` begins with; it ends with the empty line of one. Throws `BadRequestError` for the first. */
  run(text: string): Run<Known> {
    const former = this.#known.get(text);
    if (former !== undefined) return former;
    const run = this.#read(text);
    if (this.#new.has(text)) {
      if (this.#known.size === knownMax) this.#known.clear();
      this.#known.set(text, run);
    } else {
      if (this.#new.size === newMax) this.#new.clear();
      this.#new.add(text);
    }
    return run;
  }

  #read(text: string): Run<Known> {
    const heads: Known[] = [];
    let length = 0;
    try {
      for (const part of text.split(headEnd).slice(0, -1)) {
        const head = this.#understand(parseHead(part));
        heads.push(head);
        length += part.length + headEnd.length;
        if (head.bodyBytes > 0) break;
      }
    } catch (error) {
      // Those before it are answered first.
      if (heads.length === 0) throw error;
    }
    return { heads, length };
  }
}

function parseHead(text: string): Head {
  const [first = '', ...lines] = text.split('\r\n');
  const [, method, target, minor] = requestLine.exec(first) ?? [];
  if (method === undefined || target === undefined) {
    throw new BadRequestError(`this is no HTTP/1.1 request: ${first.slice(0, 60)}`);
  }
  const headers = headersOf(lines);
  const isCurrent = minor === '1';
  if (isCurrent && !headers.has('host')) throw new BadRequestError('a request names its host');
  const connection = headers.get('connection')?.toLowerCase() ?? '';
  const isPersistent = isCurrent ? !connection.includes('close') : connection === 'keep-alive';
  return { method, target, headers, isPersistent, bodyBytes: bodyBytesOf(headers) };
}

function headersOf(lines: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon));
    if (!token.test(name) || forbidden.test(line)) {
      throw new BadRequestError(`this is no header of a request: ${line.slice(0, 60)}`);
    }
    const key = name.toLowerCase();
    const value = line.slice(colon + 1).trim();
    const former = headers.get(key);
    headers.set(key, former === undefined ? value : `${former}, ${value}`);
  }
  return headers;
}

function bodyBytesOf(headers: ReadonlyMap<string, string>): number {
  if (headers.has('transfer-encoding')) {
    throw new BadRequestError('a body has a Content-Length here', 411);
  }
  const length = headers.get('content-length') ?? '0';
  if (!/^\d{1,15}$/.test(length)) {
    throw new BadRequestError(`the length of a body is no number: ${length.slice(0, 60)}`);
  }
  if (Number(length) > bodyBytesMax) {
    throw new BadRequestError(`a body may have ${bodyBytesMax} bytes, this has ${length}`, 413);
  }
  return Number(length);
}
