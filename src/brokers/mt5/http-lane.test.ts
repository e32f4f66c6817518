import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { unhurried } from '../../../test/mt5-client.ts';
import { DeadlineError } from '../../runtime/deadline.ts';
import { SimulatedClock } from '../../runtime/simulated-clock.ts';
import { type Http, openHttp } from './http.ts';

/** What came over one connection in one piece: the paths that were asked for. */
type Packet = { readonly connection: number; readonly paths: readonly string[] };
type Script = (paths: readonly string[], socket: Socket, connection: number) => void;

let server: Server | undefined;
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server?.close();
});

/** A server that answers as it is told. */
async function serverOf(script: Script) {
  const packets: Packet[] = [];
  let connections = 0;
  const listening = createServer({ noDelay: true }, (socket) => {
    connections += 1;
    const connection = connections;
    sockets.push(socket);
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      const paths = [...bytes.toString().matchAll(/^GET (\S+)/gm)].map(([, path = '']) => path);
      packets.push({ connection, paths });
      script(paths, socket, connection);
    });
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const clock = new SimulatedClock();
  const url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  const open = () => openHttp({ url, token: undefined, clock });
  return { open, http: open(), packets, clock };
}

const answerTo = (path: string, header = '') => {
  const body = JSON.stringify({ path });
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n${header}Content-Length: ${body.length}\r\n\r\n${body}`;
};
const half = 'HTTP/1.1 200 OK\r\nContent-Le';
const answersTo = (paths: readonly string[]) => paths.map((path) => answerTo(path)).join('');

const ask = (http: Http, path: string) =>
  http.send({ method: 'GET', path, timeoutMs: 8_000 }, unhurried);
const askAll = (http: Http, paths: readonly string[]) =>
  Promise.all(paths.map((path) => ask(http, path)));
const itself = (path: string) => ({ type: 'json', status: 200, body: { path } });

describe('what is asked in one turn', () => {
  test('leaves in one packet, and each gets its own answer', async () => {
    const { http, packets } = await serverOf((paths, socket) => socket.write(answersTo(paths)));
    await ask(http, '/first');
    await expect(askAll(http, ['/a', '/b', '/c'])).resolves.toEqual(['/a', '/b', '/c'].map(itself));
    await expect(ask(http, '/d')).resolves.toEqual(itself('/d'));
    expect(packets).toEqual([
      { connection: 1, paths: ['/first'] },
      { connection: 1, paths: ['/a', '/b', '/c'] },
      { connection: 1, paths: ['/d'] },
    ]);
  });

  test('goes apart to a server that has not kept a connection yet', async () => {
    const { http, packets } = await serverOf((paths, socket) => socket.write(answersTo(paths)));
    await expect(askAll(http, ['/a', '/b'])).resolves.toEqual(['/a', '/b'].map(itself));
    expect(packets).toHaveLength(2);
    expect(new Set(packets.map(({ connection }) => connection)).size).toBe(2);
  });

  test('still leaves in one packet when a connection was idle for too long in between', async () => {
    const { http, packets, clock } = await serverOf((paths, socket) =>
      socket.write(answersTo(paths)),
    );
    await askAll(http, ['/first']);
    clock.advance(45_000);
    await askAll(http, ['/second']);
    await askAll(http, ['/a', '/b']);
    expect(packets.map(({ connection }) => connection)).toEqual([1, 2, 2]);
  });

  test('goes apart to a server that closes after every answer', async () => {
    const { http, packets } = await serverOf(([path = ''], socket) =>
      socket.end(answerTo(path, 'Connection: close\r\n')),
    );
    for (const round of ['/1', '/2', '/3']) {
      const paths = ['/a', '/b', '/c'].map((path) => round + path);
      await expect(askAll(http, paths)).resolves.toEqual(paths.map(itself));
    }
    expect(packets.map(({ paths }) => paths.length)).toEqual(Array(9).fill(1));
  });

  test('is eight requests at most; those after them take another connection', async () => {
    const { http, packets } = await serverOf((paths, socket) => socket.write(answersTo(paths)));
    await ask(http, '/first');
    const paths = Array.from({ length: 10 }, (_, index) => `/${index}`);
    await expect(askAll(http, paths)).resolves.toEqual(paths.map(itself));
    expect(packets.map((packet) => packet.paths.length).toSorted()).toEqual([1, 1, 1, 8]);
  });

  test('is answered right however the network cuts the answers', async () => {
    let cuts: readonly number[] = [];
    const { http } = await serverOf((paths, socket) => {
      const text = answersTo(paths);
      const places = cuts.map((cut) => cut % text.length).toSorted((a, b) => a - b);
      const send = (from: number, [to, ...later]: readonly number[]) => {
        if (to === undefined) return;
        socket.write(text.slice(from, to), () => setImmediate(() => send(to, later)));
      };
      send(0, [...places, text.length]);
    });
    await ask(http, '/first');
    const places = fc.array(fc.nat(600), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(places, fc.integer({ min: 1, max: 6 }), async (chosen, count) => {
        cuts = chosen;
        const paths = Array.from({ length: count }, (_, index) => `/${index}`);
        await expect(askAll(http, paths)).resolves.toEqual(paths.map(itself));
      }),
      { numRuns: 60 },
    );
  });
});

describe('a server that stops in the middle', () => {
  test.each([
    {
      how: 'says that it closes, and is asked together again',
      last: (path: string, socket: Socket) => socket.end(answerTo(path, 'Connection: close\r\n')),
      later: [['/d', '/e']],
    },
    {
      how: 'just closes, and is asked one at a time from then on',
      last: (path: string, socket: Socket) => socket.end(answerTo(path)),
      later: [['/d'], ['/e']],
    },
  ])('is asked the rest again at once, and nothing twice: it $how', async ({ last, later }) => {
    const { http, packets } = await serverOf((paths, socket, connection) => {
      const [first = ''] = paths;
      if (connection === 1 && paths.length > 1) last(first, socket);
      else socket.write(answersTo(paths));
    });
    await ask(http, '/first');
    await expect(askAll(http, ['/a', '/b', '/c'])).resolves.toEqual(['/a', '/b', '/c'].map(itself));
    const again = packets
      .splice(0)
      .slice(2)
      .flatMap(({ paths }) => paths);
    expect(again.toSorted()).toEqual(['/b', '/c']);
    await expect(askAll(http, ['/d', '/e'])).resolves.toEqual(['/d', '/e'].map(itself));
    expect(packets.map(({ paths }) => paths).toSorted()).toEqual(later);
  });

  test.each([
    { after: 'nothing', said: '', left: '/a' },
    { after: 'half an answer', said: half, left: '/a' },
    { after: 'one and a half', said: answerTo('/a') + half, left: '/b' },
    { after: 'what is no answer', said: 'Good day.\r\n\r\n', left: '/a' },
  ])('leaves what it was at without an answer, after $after', async ({ said, left }) => {
    const { http } = await serverOf((paths, socket, connection) => {
      if (connection === 1 && paths.length > 1) socket.end(said);
      else socket.write(answersTo(paths));
    });
    await ask(http, '/first');
    const paths = ['/a', '/b', '/c'];
    const answers = await askAll(http, paths);
    for (const [index, path] of paths.entries()) {
      const none = { type: 'none', wasSent: true };
      expect(answers[index]).toMatchObject(path === left ? none : itself(path));
    }
  });

  test('behind every answer, in silence, leaves no more unanswered than it answers', async () => {
    const { http } = await serverOf(([path = ''], socket) => socket.end(answerTo(path)));
    const paths = Array.from({ length: 24 }, (_, index) => `/${index}`);
    const answers = await askAll(http, paths);
    expect(answers.filter(({ type }) => type === 'json').length).toBeGreaterThanOrEqual(12);
  });

  test('for good is asked one at a time as soon as one of a packet is given up', async () => {
    const { http, packets, clock } = await serverOf(([path = ''], socket) =>
      socket.write(answerTo(path)),
    );
    await ask(http, '/first');
    const [a, ...passedOver] = ['/a', '/b', '/c'].map((path) => ask(http, path));
    await expect(a).resolves.toEqual(itself('/a'));
    clock.advance(8_000);
    for (const none of await Promise.all(passedOver)) {
      expect(none).toMatchObject({ type: 'none', wasSent: true, cause: { name: 'DeadlineError' } });
    }
    const paths = Array.from({ length: 12 }, (_, index) => `/${index}`);
    await expect(askAll(http, paths)).resolves.toEqual(paths.map(itself));
    expect(packets.slice(2).every((packet) => packet.paths.length === 1)).toBe(true);
  });

  test('by force leaves what it had begun without an answer', async () => {
    const { http, packets } = await serverOf((paths, socket) =>
      socket.write(paths.length > 1 ? answerTo('/a') + half : answersTo(paths)),
    );
    await ask(http, '/first');
    const [first, second] = ['/a', '/b'].map((path) => ask(http, path));
    await first;
    for (const socket of sockets) socket.resetAndDestroy();
    await expect(second).resolves.toMatchObject({ type: 'none', wasSent: true });
    expect(packets).toHaveLength(2);
  });

  test('and says more than it was asked loses the connection', async () => {
    const { http, packets } = await serverOf((paths, socket) =>
      socket.write(answersTo(paths) + (paths[0] === '/a' ? answerTo('/nobody') : '')),
    );
    await ask(http, '/first');
    await expect(ask(http, '/a')).resolves.toEqual(itself('/a'));
    await expect(ask(http, '/b')).resolves.toEqual(itself('/b'));
    expect(packets.map(({ connection }) => connection)).toEqual([1, 1, 2]);
  });

  test('and says more than it was asked is not believed by those who wait', async () => {
    const { http } = await serverOf((paths, socket) =>
      socket.write(answersTo(paths) + answerTo('/nobody')),
    );
    const paths = Array.from({ length: 12 }, (_, index) => `/${index}`);
    await expect(askAll(http, paths)).resolves.toEqual(paths.map(itself));
  });
});

describe('one of a packet that is given up', () => {
  /** A server that says no more on a connection where it was asked for `/hang…`, but for `said`. Asked once before. */
  const hangingServer = async (said = '') => {
    const stuck = new Set<Socket>();
    let isStuck = () => {};
    const hangs = new Promise<void>((resolve) => {
      isStuck = resolve;
    });
    const served = await serverOf((paths, socket) => {
      if (stuck.has(socket)) return;
      const place = paths.findIndex((path) => path.startsWith('/hang'));
      socket.write(place === -1 ? answersTo(paths) : answersTo(paths.slice(0, place)) + said);
      if (place === -1) return;
      stuck.add(socket);
      isStuck();
    });
    await ask(served.http, '/first');
    return { ...served, hangs };
  };
  const askFor = (http: Http, path: string, timeoutMs: number, signal = unhurried) =>
    http.send({ method: 'GET', path, timeoutMs }, signal);
  const givenUp = { type: 'none', wasSent: true, cause: new Error('given up') };

  test.each([
    { at: 'the first', paths: ['/hang', '/a', '/b'], said: '', later: [2] },
    { at: 'the first, half answered', paths: ['/hang', '/a', '/b'], said: half, later: [2] },
    { at: 'the second', paths: ['/a', '/hang', '/b'], said: '', later: [1, 1] },
    { at: 'the second, half answered', paths: ['/a', '/hang', '/b'], said: half, later: [2] },
  ])('is settled alone, the others are asked elsewhere: $at', async ({ paths, said, later }) => {
    const { http, packets, hangs } = await hangingServer(said);
    const giving = new AbortController();
    const all = paths.map((path) =>
      askFor(http, path, 8_000, path === '/hang' ? giving.signal : unhurried),
    );
    await hangs;
    if (paths[0] !== '/hang') await all[0];
    giving.abort(givenUp.cause);
    const expected = paths.map((path) => (path === '/hang' ? givenUp : itself(path)));
    await expect(Promise.all(all)).resolves.toEqual(expected);
    const again = packets.splice(0).slice(2);
    expect(again.some(({ connection }) => connection === 1)).toBe(false);
    expect(again.flatMap((packet) => packet.paths)).not.toContain('/hang');
    await expect(askAll(http, ['/c', '/d'])).resolves.toEqual(['/c', '/d'].map(itself));
    expect(packets.map((packet) => packet.paths.length)).toEqual(later);
  });

  test('leaves the others their own deadlines', async () => {
    const { http, clock, hangs } = await hangingServer();
    const [first, second] = [8_000, 9_000].map((limit) => askFor(http, `/hang${limit}`, limit));
    await hangs;
    clock.advance(8_000);
    await expect(first).resolves.toMatchObject({ cause: new DeadlineError(8_000) });
    clock.advance(1_000);
    await expect(second).resolves.toMatchObject({ cause: new DeadlineError(9_000) });
  });

  test('while it waits again, or where nobody listens any more, may have been sent', async () => {
    const { http, hangs } = await hangingServer();
    const giving = new AbortController();
    const packet = ['/hang', '/a', '/b'].map((path) =>
      askFor(http, path, 8_000, path === '/b' ? unhurried : giving.signal),
    );
    await hangs;
    server?.close();
    giving.abort(givenUp.cause);
    const [first, second, third] = await Promise.all(packet);
    expect([first, second]).toEqual([givenUp, givenUp]);
    expect(third).toMatchObject({ type: 'none', wasSent: true, cause: { code: 'ECONNREFUSED' } });
  });

  test('costs the others nothing, however many hang', async () => {
    const { open, clock } = await hangingServer();
    const asked = fc.array(fc.boolean(), { minLength: 1, maxLength: 24 });
    await fc.assert(
      fc.asyncProperty(asked, async (hang) => {
        const http = open();
        await ask(http, '/first');
        const all = hang.map((isHanging, index) =>
          isHanging ? askFor(http, `/hang${index}`, 8_000) : askFor(http, `/${index}`, 60_000),
        );
        const firstHanging = hang.indexOf(true);
        if (firstHanging > 0) await all[0];
        clock.advance(8_000);
        for (const [index, answer] of (await Promise.all(all)).entries()) {
          const none = { type: 'none', cause: { name: 'DeadlineError' } };
          expect(answer).toMatchObject(hang[index] ? none : itself(`/${index}`));
        }
      }),
      { numRuns: 60 },
    );
  });
});
