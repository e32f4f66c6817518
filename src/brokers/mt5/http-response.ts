/** The bytes of one HTTP/1.1 response become a response again (RFC 9112, §4 to §7). */

export type HttpResponse = {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly body: Buffer;
  /** Whether the connection can carry another request. */
  readonly isReusable: boolean;
  /** What came after it. */
  readonly surplus: Buffer;
};

/** What came is no response, is longer than allowed, or breaks off. */
export class BrokenResponseError extends Error {
  override readonly name = 'BrokenResponseError';
}

const headBytesMax = 64 * 1024;
/** The longest legal answer, 100,000 bars, has about 13 MB. */
const bodyBytesMax = 32 * 1024 * 1024;
const none: Buffer = Buffer.alloc(0);
const headEnd = '\r\n\r\n';

/** What is read of a head: nobody asks for the rest of it. */
type Head = {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly contentLength: string | undefined;
  readonly transferEncoding: string | undefined;
  readonly isPersistent: boolean;
};

/** Takes bytes until they are a body; then says how many of the last ones it took. */
type Body = { push(bytes: Buffer): Taken | undefined; end(): Buffer };
type Taken = { readonly body: Buffer; readonly surplus: number };

/**
 * Puts one response together from pieces of any size. Strict about where a body ends: read too short or too long it
 * would be another answer. `push` and `end` throw `BrokenResponseError`.
 */
export class ResponseReader {
  #pending = none;
  #head: Head | undefined;
  #body: Body | undefined;

  /** The response once it is whole. */
  push(bytes: Buffer): HttpResponse | undefined {
    if (this.#head !== undefined) return this.#pushBody(this.#head, bytes);
    const all = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    const end = all.indexOf(headEnd);
    if ((end === -1 ? all.length : end) > headBytesMax) {
      throw new BrokenResponseError(`the head of an answer may have ${headBytesMax} bytes`);
    }
    this.#pending = end === -1 ? all : none;
    if (end === -1) return undefined;
    const head = parseHead(all.toString('latin1', 0, end));
    const rest = all.subarray(end + headEnd.length);
    // An interim response: the real one follows.
    if (head.status < 200) return rest.length === 0 ? undefined : this.push(rest);
    this.#head = head;
    return this.#pushBody(head, rest);
  }

  /** The server has closed its side. */
  end(): HttpResponse {
    if (this.#head === undefined || this.#body === undefined) throw brokenOff();
    return { ...responseOf(this.#head, this.#body.end(), none), isReusable: false };
  }

  #pushBody(head: Head, bytes: Buffer): HttpResponse | undefined {
    this.#body ??= bodyOf(head);
    const taken = this.#body.push(bytes);
    if (taken === undefined) return undefined;
    const surplus = taken.surplus === 0 ? none : bytes.subarray(bytes.length - taken.surplus);
    return responseOf(head, taken.body, surplus);
  }
}

function responseOf(head: Head, body: Buffer, surplus: Buffer): HttpResponse {
  const { status, contentType, contentEncoding, isPersistent } = head;
  return { status, contentType, contentEncoding, body, isReusable: isPersistent, surplus };
}

const statusLine = String.raw`HTTP/1\.[01] (?!101)[1-5]\d\d(?: (?:(?!\r\n)[\s\S])*)?`;
const header = String.raw`[^\s:]+:.*`;
const isStatusLine = new RegExp(`^${statusLine}$`);
const isHeader = new RegExp(`^${header}$`);
const isHead = new RegExp(String.raw`^${statusLine}(?:\r\n${header})*$`);

/** Looked through as one piece: taken apart line by line it takes twice as long. */
function parseHead(text: string): Head {
  if (!isHead.test(text)) throw noHead(text);
  const inLowerCase = text.toLowerCase();
  const connection = headerOf(inLowerCase, inLowerCase, 'connection');
  const value = (name: string) => headerOf(text, inLowerCase, name);
  return {
    status: Number(text.slice(9, 12)),
    contentType: value('content-type'),
    contentEncoding: value('content-encoding'),
    contentLength: value('content-length'),
    transferEncoding: value('transfer-encoding'),
    isPersistent: text[7] === '1' && !connection?.includes('close'),
  };
}

function noHead(text: string): BrokenResponseError {
  const [first = '', ...lines] = text.split('\r\n');
  const [what, line] = isStatusLine.test(first)
    ? ['header of an answer', lines.find((each) => !isHeader.test(each))]
    : ['HTTP/1.1 answer', first];
  return new BrokenResponseError(`this is no ${what}: ${line?.slice(0, 60)}`);
}

/** The values of all headers of this name, as one (RFC 9110, §5.3). */
function headerOf(text: string, inLowerCase: string, name: string): string | undefined {
  const start = `\r\n${name}:`;
  let all: string | undefined;
  let at = inLowerCase.indexOf(start);
  while (at !== -1) {
    const from = at + start.length;
    const next = text.indexOf('\r\n', from);
    const value = withoutBlanks(text, from, next === -1 ? text.length : next);
    all = all === undefined ? value : `${all}, ${value}`;
    at = inLowerCase.indexOf(start, from);
  }
  return all;
}

/** Blanks and tabs around a value are not part of it. */
function withoutBlanks(text: string, from: number, to: number): string {
  let [start, end] = [from, to];
  while (start < end && isBlank(text, start)) start += 1;
  while (end > start && isBlank(text, end - 1)) end -= 1;
  return text.slice(start, end);
}

function isBlank(text: string, at: number): boolean {
  return text[at] === ' ' || text[at] === '\t';
}

function bodyOf({ status, contentLength: length, transferEncoding }: Head): Body {
  const coding = transferEncoding?.toLowerCase();
  if (status === 204 || status === 304) return bodyOfLength(0);
  if (coding !== undefined) {
    if (coding !== 'chunked' || length !== undefined) {
      throw new BrokenResponseError(`an answer's end cannot be known: ${coding}, ${length}`);
    }
    return new ChunkedBody();
  }
  if (length === undefined) return bodyUntilClose();
  if (!/^\d{1,15}$/.test(length)) {
    throw new BrokenResponseError(`an answer's length is no number: ${length.slice(0, 60)}`);
  }
  return bodyOfLength(Number(length));
}

function bodyOfLength(length: number): Body {
  const bytes = new Bytes();
  bytes.assertRoomFor(length);
  return {
    push: (more) => {
      const surplus = bytes.length + more.length - length;
      bytes.add(surplus > 0 ? more.subarray(0, more.length - surplus) : more);
      return surplus < 0 ? undefined : { body: bytes.joined(), surplus };
    },
    end: () => {
      throw brokenOff();
    },
  };
}

function bodyUntilClose(): Body {
  const bytes = new Bytes();
  return {
    push: (more) => {
      bytes.add(more);
      return undefined;
    },
    end: () => bytes.joined(),
  };
}

/** Sizes and data in turn; a size of 0, trailers and an empty line end it. */
class ChunkedBody implements Body {
  readonly #bytes = new Bytes();
  #pending = none;
  #expected: 'size' | 'data' | 'trailer' = 'size';
  /** What is left of the chunk's data. */
  #left = 0;

  push(more: Buffer): Taken | undefined {
    this.#pending = this.#pending.length === 0 ? more : Buffer.concat([this.#pending, more]);
    for (;;) {
      const isOn = this.#expected === 'data' ? this.#takeData() : this.#takeLine();
      if (isOn === 'ended') return { body: this.#bytes.joined(), surplus: this.#pending.length };
      if (!isOn) return undefined;
    }
  }

  end(): never {
    throw brokenOff();
  }

  /** False when more bytes are needed. */
  #takeData(): boolean {
    const data = this.#pending.subarray(0, this.#left);
    this.#bytes.add(data);
    this.#left -= data.length;
    this.#pending = this.#pending.subarray(data.length);
    if (this.#left > 0 || this.#pending.length < 2) return false;
    if (this.#pending.toString('latin1', 0, 2) !== '\r\n') {
      throw new BrokenResponseError('a chunk of an answer is longer than it says');
    }
    this.#pending = this.#pending.subarray(2);
    this.#expected = 'size';
    return true;
  }

  /** A size or a trailer. */
  #takeLine(): boolean | 'ended' {
    const end = this.#pending.indexOf('\r\n');
    if (end === -1 && this.#pending.length <= headBytesMax) return false;
    if (end === -1) throw new BrokenResponseError('an answer has an endless line between chunks');
    const line = this.#pending.toString('latin1', 0, end);
    this.#pending = this.#pending.subarray(end + 2);
    if (this.#expected === 'trailer') return line === '' ? 'ended' : true;
    const [, digits] = /^([0-9a-f]{1,8})[ \t]*(?:;.*)?$/i.exec(line) ?? [];
    if (digits === undefined) throw new BrokenResponseError(`no size of a chunk: ${line}`);
    this.#left = Number.parseInt(digits, 16);
    this.#bytes.assertRoomFor(this.#left);
    this.#expected = this.#left === 0 ? 'trailer' : 'data';
    return true;
  }
}

/** A body as it arrives, within its limit. */
class Bytes {
  readonly #pieces: Buffer[] = [];
  length = 0;

  add(piece: Buffer): void {
    if (piece.length === 0) return;
    this.assertRoomFor(piece.length);
    this.#pieces.push(piece);
    this.length += piece.length;
  }

  assertRoomFor(bytes: number): void {
    if (this.length + bytes <= bodyBytesMax) return;
    throw new BrokenResponseError(`an answer may have ${bodyBytesMax} bytes, this has more`);
  }

  joined(): Buffer {
    const [only = none] = this.#pieces;
    return this.#pieces.length > 1 ? Buffer.concat(this.#pieces) : only;
  }
}

function brokenOff(): BrokenResponseError {
  return new BrokenResponseError('the connection was closed before the answer was whole');
}
