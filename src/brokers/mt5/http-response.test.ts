import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BrokenResponseError, type HttpResponse, ResponseReader } from './http-response.ts';

/** Gives the bytes to a reader in pieces that end at these places. */
function readIn(bytes: Buffer, cuts: readonly number[]): HttpResponse | undefined {
  const reader = new ResponseReader();
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort(
    (a, b) => a - b,
  );
  let response: HttpResponse | undefined;
  for (const [index, from] of places.slice(0, -1).entries()) {
    response ??= reader.push(bytes.subarray(from, places[index + 1]));
  }
  return response;
}

const read = (text: string) => readIn(Buffer.from(text, 'latin1'), []);

describe('a response', () => {
  test('has status, headers in lower case and a body', () => {
    const response = read(
      'HTTP/1.1 201 CREATED\r\nContent-Type:  text/x \r\nContent-Length: 2\r\n\r\nok',
    );
    expect(response).toMatchObject({ status: 201, isReusable: true });
    expect(response?.contentType).toBe('text/x');
    expect(response?.body.toString()).toBe('ok');
  });

  test.each([
    ['however its name is written', 'cOntent-TYPE: text/x', 'text/x'],
    ['without the blanks and tabs around it', 'Content-Type:\t text/x y\t ', 'text/x y'],
    ['with all else that is around it', 'Content-Type: \u00a0text/x\v', '\u00a0text/x\v'],
    ['with colons in it', 'Content-Type: a:b', 'a:b'],
    ['be it empty', 'Content-Type:', ''],
    ['once for all its lines', 'Content-Type: a\r\nX: y\r\nContent-Type: b', 'a, b'],
    ['not that of a longer name', 'X-Content-Type: a\r\nContent-Type-X: b', undefined],
    ['not what another header says', 'X: Content-Type: a', undefined],
  ])('has the value of a header, %s', (_how, header, contentType) => {
    const response = read(`HTTP/1.1 200 OK\r\n${header}\r\nContent-Length: 0\r\n\r\n`);
    expect(response?.contentType).toBe(contentType);
  });

  test('is not whole before its last byte', () => {
    const text = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
    for (let length = 0; length < text.length; length += 1) {
      expect(read(text.slice(0, length))).toBeUndefined();
    }
    expect(read(text)?.body.toString()).toBe('hello');
  });

  test('comes after interim ones', () => {
    const interim = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n';
    expect(read(`${interim}HTTP/1.1 204 No Content\r\n\r\n`)).toMatchObject({ status: 204 });
  });

  test('in chunks may have extensions and trailers', () => {
    const body = '3;a=b\r\n[1,\r\n2 \r\n2]\r\n0\r\nX-Sum: 1\r\n\r\n';
    const response = read(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${body}`);
    expect(response?.body.toString()).toBe('[1,2]');
    expect(response?.isReusable).toBe(true);
  });

  test('without a length ends where the server closes', () => {
    const reader = new ResponseReader();
    expect(reader.push(Buffer.from('HTTP/1.0 200 OK\r\n\r\nall of '))).toBeUndefined();
    expect(reader.push(Buffer.from('it'))).toBeUndefined();
    expect(reader.end()).toMatchObject({ body: Buffer.from('all of it'), isReusable: false });
  });

  test.each([
    {
      why: 'the server says so',
      text: 'HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n',
    },
    { why: 'it is of HTTP/1.0', text: 'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n' },
  ])('ends its connection when $why', ({ text }) => {
    expect(read(text)).toMatchObject({ isReusable: false });
  });

  test.each([
    { head: 'Content-Length: 1\r\n\r\n', body: 'a' },
    { head: 'Transfer-Encoding: chunked\r\n\r\n', body: '1\r\na\r\n0\r\n\r\n' },
    { head: 'Content-Length: 0\r\n\r\n', body: '' },
  ])('gives back what came after it: $head$body', ({ head, body }) => {
    const response = read(`HTTP/1.1 200 OK\r\n${head}${body}HTTP/1.1 2`);
    expect(response?.surplus.toString()).toBe('HTTP/1.1 2');
  });
});

describe('what is no response', () => {
  test.each([
    { what: 'another protocol', text: 'SSH-2.0-OpenSSH\r\n\r\n' },
    { what: 'a switch of protocols', text: 'HTTP/1.1 101 Switching Protocols\r\n\r\n' },
    { what: 'a status that is none', text: 'HTTP/1.1 2000 OK\r\n\r\n' },
    { what: 'a header without a name', text: 'HTTP/1.1 200 OK\r\n: a\r\n\r\n' },
    { what: 'a header whose name has a blank', text: 'HTTP/1.1 200 OK\r\nX : a\r\n\r\n' },
    { what: 'a line that ends halfway', text: 'HTTP/1.1 200 OK\r\nX: a\nY: b\r\n\r\n' },
    { what: 'a header without a colon', text: 'HTTP/1.1 200 OK\r\nnonsense\r\n\r\n' },
    { what: 'a folded header', text: 'HTTP/1.1 200 OK\r\nX: a\r\n b: c\r\n\r\n' },
    { what: 'a length that is no number', text: 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n' },
    {
      what: 'two lengths',
      text: 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
    },
    {
      what: 'a length beside chunks',
      text: 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    },
    {
      what: 'a coding that nobody asked for',
      text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n',
    },
    {
      what: 'a chunk longer than it says',
      text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n',
    },
    {
      what: 'a chunk without a size',
      text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n',
    },
    {
      what: 'a body beyond all bounds',
      text: 'HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n',
    },
    {
      what: 'chunks beyond all bounds',
      text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n',
    },
    { what: 'a head without an end', text: `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}` },
  ])('is refused: $what', ({ text }) => {
    expect(() => read(text)).toThrow(BrokenResponseError);
  });

  test.each([
    { where: 'before it began', text: '' },
    { where: 'in its head', text: 'HTTP/1.1 200 OK\r\nContent-Le' },
    { where: 'in its body', text: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe' },
    {
      where: 'in its chunks',
      text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe',
    },
  ])('is refused when it breaks off $where', ({ text }) => {
    const reader = new ResponseReader();
    reader.push(Buffer.from(text));
    expect(() => reader.end()).toThrow('before the answer was whole');
  });
});

describe('what a server of Node says', () => {
  let server: Server;
  let say: (response: ServerResponse) => void = () => {};
  beforeAll(
    () =>
      new Promise<void>((resolve) => {
        server = createServer((_, response) => say(response)).listen(0, '127.0.0.1', resolve);
      }),
  );
  afterAll(() => void server.close());

  /** Every byte that the server sends on a connection of its own. */
  function bytesOf(saying: typeof say): Promise<Buffer> {
    say = saying;
    return new Promise((resolve, reject) => {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
      const chunks: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
      socket.on('end', () => resolve(Buffer.concat(chunks)));
      socket.on('error', reject);
      socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    });
  }

  test('is read as it was meant, wherever the network cuts it', async () => {
    const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 6 });
    const law = fc.asyncProperty(
      fc.constantFrom(200, 201, 404, 500),
      pieces,
      fc.boolean(),
      fc.array(fc.nat(1_000), { maxLength: 8 }),
      async (status, parts, isChunked, cuts) => {
        const body = Buffer.concat(parts);
        const bytes = await bytesOf((response) => {
          response.writeHead(status, isChunked ? {} : { 'Content-Length': body.length });
          for (const part of parts) response.write(part);
          response.end();
        });
        const response = readIn(bytes, cuts);
        expect(response?.status).toBe(status);
        expect(response?.body.equals(body)).toBe(true);
      },
    );
    await fc.assert(law, { numRuns: 150 });
  });
});
