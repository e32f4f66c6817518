import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  BadRequestError,
  type Head,
  type HttpRequest,
  KnownHeads,
  RequestReader,
} from './http-request.ts';

/** What a reader makes of bytes that come in pieces which end at these places. */
function readIn(bytes: Buffer, cuts: readonly number[] = []): HttpRequest[] {
  const reader = new RequestReader(new KnownHeads((head) => head), () => {});
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort(
    (a, b) => a - b,
  );
  const requests: HttpRequest[] = [];
  for (const [index, from] of places.slice(0, -1).entries()) {
    reader.push(bytes.subarray(from, places[index + 1]));
    for (let next = reader.next(); next !== undefined; next = reader.next()) requests.push(next);
  }
  return requests;
}

const read = (text: string) => readIn(Buffer.from(text, 'latin1'));

describe('a request', () => {
  test('has a method, a target, headers in lower case and a body', () => {
    const [request, ...more] = read(
      'POST /orders?a=1 HTTP/1.1\r\nHost: x\r\nContent-Type:  application/json \r\nContent-Length: 2\r\n\r\n{}',
    );
    expect(more).toEqual([]);
    const { method, target, headers, isPersistent } = request?.head ?? {};
    expect([method, target, isPersistent]).toEqual(['POST', '/orders?a=1', true]);
    expect(headers?.get('content-type')).toBe('application/json');
    expect(request?.body.toString()).toBe('{}');
  });

  test.each([
    ['HTTP/1.1\r\nHost: x', true],
    ['HTTP/1.1\r\nHost: x\r\nConnection: Close', false],
    ['HTTP/1.0', false],
    ['HTTP/1.0\r\nConnection: Keep-Alive', true],
  ])('%j leaves the connection open: %s', (head, isPersistent) => {
    expect(read(`GET / ${head}\r\n\r\n`)).toMatchObject([{ head: { isPersistent } }]);
  });

  test('is what it was where an empty line follows it, or its body begins with one', () => {
    const get = 'GET /a HTTP/1.1\r\nHost: x\r\n\r\n';
    const post = 'POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n\r\nx';
    expect(read(`${get}\r\n`).map(({ head }) => head.target)).toEqual(['/a']);
    const [first, second] = read(get + post);
    expect([first?.head.target, second?.head.target]).toEqual(['/a', '/b']);
    expect(second?.body.toString()).toBe('\r\nx');
  });

  test('has a body that may look like requests', () => {
    const body = 'x\r\n\r\nGET /forged HTTP/1.1\r\nHost: x\r\n\r\n';
    const post = `POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const after = 'GET /b HTTP/1.1\r\nHost: x\r\n\r\n';
    expect(read(post + after).map(({ head }) => head.target)).toEqual(['/a', '/b']);
  });

  test('whose client waits for a word before the body gets it, once', () => {
    let words = 0;
    const reader = new RequestReader(new KnownHeads((head) => head), () => {
      words += 1;
    });
    const head = 'POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n';
    reader.push(Buffer.from(head));
    expect([reader.next(), reader.next(), words]).toEqual([undefined, undefined, 1]);
    reader.push(Buffer.from('ok'));
    expect(reader.next()?.body.toString()).toBe('ok');
    expect(words).toBe(1);
  });
});

test('heads that came in a row twice are known from then on, where they came and nowhere else', () => {
  const head = 'GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t';
  const row = `${head}\r\n\r\n${head}`;
  const [own, other] = [new KnownHeads((head) => head), new KnownHeads((head) => head)];
  const first = own.run(row);
  const second = own.run(row);
  expect(second).toEqual(first);
  expect(second).not.toBe(first);
  expect(own.run(row)).toBe(second);
  expect(other.run(row)).toEqual(second);
  expect(other.run(row)).not.toBe(second);
});

test('heads that are new each time do not make a server forget those that come again', () => {
  const reads: string[] = [];
  const heads = new KnownHeads((head) => {
    reads.push(head.target);
    return head;
  });
  const get = (target: string) => heads.run(`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
  for (let bar = 0; bar < 5_000; bar += 1) {
    get('/account');
    get(`/history?from=${bar}`);
  }
  expect(reads.filter((target) => target === '/account')).toHaveLength(2);
  expect(reads).toHaveLength(5_002);
});

test('what comes before a head that is refused is given first', () => {
  const reader = new RequestReader(new KnownHeads((head) => head), () => {});
  reader.push(Buffer.from('GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\n\r\n'));
  expect(reader.next()?.head.target).toBe('/1');
  expect(() => reader.next()).toThrow(BadRequestError);
});

test.each([
  ['another protocol', 'SSH-2.0-OpenSSH\r\n\r\n', 400],
  ['a request without its host', 'GET / HTTP/1.1\r\n\r\n', 400],
  ['a header without a colon', 'GET / HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n', 400],
  ['a folded header', 'GET / HTTP/1.1\r\nHost: x\r\n y: z\r\n\r\n', 400],
  ['a length that is no number', 'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n', 400],
  [
    'two lengths',
    'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
    400,
  ],
  ['a body in chunks', 'GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n', 411],
  ['too long a body', 'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 26214401\r\n\r\n', 413],
  ['too long a head', `GET / HTTP/1.1\r\nHost: ${'x'.repeat(16 * 1024)}`, 431],
])('%s is refused', (_what, text, status) => {
  expect(() => read(text)).toThrow(BadRequestError);
  expect(() => read(text)).toThrow(expect.objectContaining({ status }));
});

describe('held against the parser of Node', () => {
  let server: Server;
  let heard: (request: IncomingMessage, body: Buffer) => void;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        heard(request, Buffer.concat(pieces));
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => server.close());

  type Heard = Pick<Head, 'method' | 'target' | 'headers'> & Pick<HttpRequest, 'body'>;

  /** What a server of Node hears of one request. */
  const byNode = (bytes: Buffer) =>
    new Promise<Heard>((resolve) => {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
      heard = ({ method = '', url = '', headers }, body) => {
        resolve({
          ...{ method, target: url, body },
          headers: new Map(Object.entries(headers) as [string, string][]),
        });
        socket.destroy();
      };
      socket.end(bytes);
    });

  const word = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,12}$/);
  const requests = fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'),
    target: fc.webPath().map((path) => `/${path.replace(/^\/+/, '')}`),
    headers: fc.dictionary(
      word.map((name) => `X-${name}`),
      fc.stringMatching(/^[!-~ ]{0,20}$/),
    ),
    body: fc.uint8Array({ maxLength: 300 }),
  });
  type Sent = typeof requests extends fc.Arbitrary<infer Request> ? Request : never;
  const bytesOf = ({ method, target, headers, body }: Sent): Buffer => {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `${method} ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n`;
    return Buffer.concat([Buffer.from(`${head}${lines.join('')}\r\n`, 'latin1'), body]);
  };

  test('every request is the same one, in whatever pieces it comes', async () => {
    await fc.assert(
      fc.asyncProperty(requests, fc.array(fc.nat()), async (request, cuts) => {
        const bytes = bytesOf(request);
        const [{ head, body }] = readIn(bytes, cuts) as [HttpRequest];
        const { method, target, headers } = head;
        const node = await byNode(bytes);
        expect({ method, target, body, headers: new Map([...headers].toSorted()) }).toEqual({
          ...node,
          headers: new Map([...node.headers].toSorted()),
        });
      }),
    );
  });

  test('those that follow each other without a pause keep their order and their bodies', () => {
    fc.assert(
      fc.property(fc.array(requests, { maxLength: 5 }), fc.array(fc.nat()), (all, cuts) => {
        const found = readIn(Buffer.concat(all.map(bytesOf)), cuts);
        expect(found.map(({ head, body }) => [head.target, Buffer.from(body)])).toEqual(
          all.map(({ target, body }) => [target, Buffer.from(body)]),
        );
      }),
    );
  });
});
