import { once } from 'node:events';
import { connect, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Clock, systemClock } from '../runtime/clock.ts';
import type { Delivery } from './faulty.ts';
import { type Desks, TerminalServer } from './http-server.ts';
import { ok } from './reply.ts';

/** Answers that are still owed, by path. */
const owed = new Map<string, (delivery: Delivery) => void>();
const logged: string[] = [];
const big = 'x'.repeat(512 * 1024);
let asked: (path: string) => void = () => {};
let isDown = false;
/** The path whose answer is dropped at once. */
let dropped: string | undefined;
/** What waits for its time, oldest first. */
let waiting: (() => void)[] = [];
let begunWaiting: () => void = () => {};
const clock: Clock = {
  ...systemClock,
  after: (_delayMs, task) => {
    waiting.push(task);
    begunWaiting();
    return () => {
      waiting = waiting.filter((each) => each !== task);
    };
  },
};
let server: TerminalServer;
let port: number;

beforeEach(async () => {
  owed.clear();
  logged.length = 0;
  waiting = [];
  isDown = false;
  dropped = undefined;
  const desks: Desks = {
    ...{ token: 't', controlToken: 'c', prefix: ['broker'], isDown: () => isDown },
    serve: ({ method, path: [first = ''], body }) => {
      asked(first);
      if (first === 'breaks') throw new Error('a test asks for it');
      if (first === dropped) return 'dropped';
      if (first === 'big') return ok(big);
      if (first !== 'slow') return ok([method, first, body.text]);
      return new Promise((resolve) => owed.set(first, resolve));
    },
    control: () => ok('control'),
    log: (line) => logged.push(line),
  };
  server = new TerminalServer(desks, clock);
  port = await server.listen('127.0.0.1', 0);
});
afterEach(() => server.close());

/** All that comes back for `text` until the server closes; the client closes its own side at once. */
async function exchange(text: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.end(text);
  const pieces: Buffer[] = [];
  socket.on('data', (piece: Buffer) => pieces.push(piece));
  await once(socket, 'end');
  return Buffer.concat(pieces).toString();
}

function untilAsked(wanted: string): Promise<void> {
  return new Promise((resolve) => {
    asked = (path) => path === wanted && resolve();
  });
}

const authorized = 'Host: x\r\nAuthorization: Bearer t\r\n';
const get = (path: string) => `GET /broker/${path} HTTP/1.1\r\n${authorized}\r\n`;
const bodiesOf = (text: string) =>
  [...text.matchAll(/\r\n\r\n(.+?)(?=HTTP\/1\.1|$)/gs)].map(([, body]) => body);
const statusesOf = (text: string) =>
  [...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status);

describe('a connection', () => {
  test('is answered request by request in their order, also where one takes long', async () => {
    asked = () => {};
    const answers = exchange(`${get('a')}${get('slow')}${get('b')}`);
    await untilAsked('slow');
    owed.get('slow')?.(ok('late'));
    expect(bodiesOf(await answers)).toEqual(['["GET","a",""]', '"late"', '["GET","b",""]']);
  });

  test('that asks several things at once is answered in one write', async () => {
    const writing = vi.spyOn(Socket.prototype, 'write');
    const answers = await exchange(get('a').repeat(5));
    const writes = writing.mock.calls.map(([bytes]) => bodiesOf(String(bytes)).length);
    writing.mockRestore();
    expect(bodiesOf(answers)).toHaveLength(5);
    expect(writes).toEqual([5]);
  });

  test('ends where an answer is dropped, and nothing after it is done', async () => {
    const paths: string[] = [];
    const answers = exchange(`${get('slow')}${get('b')}`).catch(() => 'broken');
    await new Promise<void>((resolve) => {
      asked = (path) => {
        paths.push(path);
        resolve();
      };
    });
    owed.get('slow')?.('dropped');
    expect(await answers).toMatch(/^(broken)?$/);
    expect(paths).toEqual(['slow']);
  });

  test.each([
    { what: 'an answer', asks: ['a', 'b'], until: 'b', body: '["GET","a",""]' },
    { what: 'a late answer', asks: ['slow', 'b'], until: 'slow', body: '"late"' },
  ])('has been given $what before one that is dropped', async ({ asks, until, body }) => {
    dropped = 'b';
    const socket = connect({ port, host: '127.0.0.1' });
    const pieces: string[] = [];
    socket.on('data', (piece: Buffer) => pieces.push(piece.toString()));
    socket.on('error', () => {});
    const begun = untilAsked(until);
    const closed = once(socket, 'close');
    socket.write(asks.map(get).join(''));
    await begun;
    owed.get('slow')?.(ok('late'));
    await closed;
    expect(bodiesOf(pieces.join(''))).toEqual([body]);
  });

  test.each([
    ['HTTP/1.0 without a wish', `GET /broker/a HTTP/1.0\r\n${authorized}\r\n`],
    ['HTTP/1.1 that closes', `GET /broker/a HTTP/1.1\r\nConnection: close\r\n${authorized}\r\n`],
  ])('of %s is closed after its answer', async (_what, text) => {
    const answer = await exchange(text + get('b'));
    expect(statusesOf(answer)).toEqual(['200']);
    expect(answer).toContain('Connection: close\r\n');
  });

  test('that carries no request is told so, and closed', async () => {
    expect(statusesOf(await exchange(`nonsense\r\n\r\n${get('a')}`))).toEqual(['400']);
  });
});

describe('a client that', () => {
  const socketOf = () => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => {});
    return socket;
  };
  const begins = () =>
    new Promise<void>((resolve) => {
      begunWaiting = resolve;
    });

  test('does not read is asked to wait, and is answered when it reads', async () => {
    const count = 100;
    let served = 0;
    const first = new Promise<void>((resolve) => {
      asked = (path) => {
        if (path !== 'big') return;
        served += 1;
        resolve();
      };
    });
    const socket = socketOf();
    socket.pause();
    socket.write(get('big').repeat(count));
    await first;
    await exchange(get('a'));
    expect(served).toBeLessThan(count / 2);
    let bytes = 0;
    socket.on('data', (piece: Buffer) => {
      bytes += piece.length;
    });
    socket.resume();
    socket.end();
    await once(socket, 'end');
    expect(served).toBe(count);
    expect(bytes).toBeGreaterThan(count * big.length);
  });

  test.each([
    ['head', 'GET /broker/a HT'],
    ['body', `POST /broker/a HTTP/1.1\r\n${authorized}Content-Length: 9\r\n\r\n{`],
  ])('never comes to the end of its %s is sent away at a deadline', async (_what, text) => {
    const socket = socketOf();
    const isWaited = begins();
    socket.write(text);
    await isWaited;
    const pieces: Buffer[] = [];
    socket.on('data', (piece: Buffer) => pieces.push(piece));
    const ended = once(socket, 'end');
    // More of it buys no more time.
    socket.write('x');
    waiting.shift()?.();
    await ended;
    expect(statusesOf(Buffer.concat(pieces).toString())).toEqual(['408']);
    socket.destroy();
  });

  test('comes to the end of its request in time is waited for no more', async () => {
    const socket = socketOf();
    const isWaited = begins();
    socket.write('GET /broker/a');
    await isWaited;
    socket.end(get('a').slice('GET /broker/a'.length));
    const closed = once(socket, 'close');
    socket.resume();
    await closed;
    await vi.waitFor(() => expect(waiting).toEqual([]));
  });

  test('still sends after its last answer is cut off at a deadline', async () => {
    const socket = socketOf();
    const isWaited = begins();
    socket.write(`GET /broker/a HTTP/1.0\r\n${authorized}\r\n`);
    socket.resume();
    await Promise.all([isWaited, once(socket, 'end')]);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const sendOn = () => socket.destroyed || socket.write(get('b'), () => setImmediate(sendOn));
    sendOn();
    waiting.shift()?.();
    await closed;
  });
});

describe('an answer', () => {
  test('to HEAD has the length of a body and none', async () => {
    const answer = await exchange(`HEAD /broker/a HTTP/1.1\r\n${authorized}\r\n`);
    expect(answer).toMatch(/Content-Length: 15\r\n/);
    expect(bodiesOf(answer)).toEqual([]);
  });

  test('has the length of its bytes, and all of them', async () => {
    const answer = await exchange(get('%C3%A9%E2%82%AC'));
    expect(answer).toMatch(/Content-Length: 18\r\n/);
    expect(bodiesOf(answer)).toEqual(['["GET","é€",""]']);
  });

  test('to a head that was read before is that of its own body', async () => {
    const post = (body: string) =>
      `POST /broker/a HTTP/1.1\r\n${authorized}Content-Length: 1\r\n\r\n${body}`;
    expect(bodiesOf(await exchange(`${post('1')}${post('2')}`))).toEqual([
      '["POST","a","1"]',
      '["POST","a","2"]',
    ]);
  });

  test('of a terminal that went down and came back is 503 in between, whoever asks', async () => {
    const questions = [
      get('a'),
      'GET /broker/a HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET /_sim/state HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer c\r\n\r\n',
    ];
    const statuses = async () => (await Promise.all(questions.map(exchange))).flatMap(statusesOf);
    expect(await statuses()).toEqual(['200', '401', '200']);
    isDown = true;
    expect(await statuses()).toEqual(['503', '503', '200']);
    isDown = false;
    expect(await statuses()).toEqual(['200', '401', '200']);
  });

  test('has the date of when it is given', async () => {
    const dateAt = async (time: string) => {
      vi.setSystemTime(time);
      return /^Date: (.*)\r$/m.exec(await exchange(get('a')))?.[1];
    };
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      expect([
        await dateAt('2025-01-06T00:00:01.000Z'),
        await dateAt('2025-01-06T00:00:01.999Z'),
        await dateAt('2025-01-06T00:00:02.000Z'),
        await dateAt('2025-01-06T00:00:01.500Z'),
      ]).toEqual([1, 1, 2, 1].map((second) => `Mon, 06 Jan 2025 00:00:0${second} GMT`));
    } finally {
      vi.useRealTimers();
    }
  });

  test('of status 500 stands for what failed, which is logged', async () => {
    expect(statusesOf(await exchange(get('breaks') + get('a')))).toEqual(['500', '200']);
    expect(logged).toEqual([expect.stringContaining('GET /broker/breaks failed: Error: a test')]);
  });

  test.each([
    ['a wrong token', 'GET /broker/a HTTP/1.1\r\nHost: x\r\n\r\n', '401'],
    ['a path outside of the prefix', `GET /a HTTP/1.1\r\n${authorized}\r\n`, '404'],
    ['a path that cannot be decoded', get('%zz'), '400'],
    [
      'the control of the simulator with the token of clients',
      get('../_sim/state').replace('/broker/..', ''),
      '401',
    ],
  ])('to %s', async (_what, text, status) => {
    expect(statusesOf(await exchange(text))).toEqual([status]);
  });
});
