import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { unhurried } from '../../../test/mt5-client.ts';
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
  const listening = createServer((socket) => {
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
  return { http: openHttp({ url, token: undefined, clock }), packets, clock };
}

const answerTo = (path: string, header = '') => {
  const body = JSON.stringify({ path });
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n${header}Content-Length: ${body.length}\r\n\r\n${body}`;
};
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
      how: 'says that it closes',
      last: (path: string, socket: Socket) => socket.end(answerTo(path, 'Connection: close\r\n')),
    },
    { how: 'just closes', last: (path: string, socket: Socket) => socket.end(answerTo(path)) },
  ])('is asked the rest again at once, and nothing twice: it $how', async ({ last }) => {
    const { http, packets } = await serverOf((paths, socket, connection) => {
      const [first = ''] = paths;
      if (connection === 1 && paths.length > 1) last(first, socket);
      else socket.write(answersTo(paths));
    });
    await ask(http, '/first');
    await expect(askAll(http, ['/a', '/b', '/c'])).resolves.toEqual(['/a', '/b', '/c'].map(itself));
    const again = packets.slice(2).flatMap(({ paths }) => paths);
    expect(again.toSorted()).toEqual(['/b', '/c']);
  });

  const half = 'HTTP/1.1 200 OK\r\nContent-Le';
  test.each([
    { after: 'nothing', said: '' },
    { after: 'half an answer', said: half },
    { after: 'one and a half', said: answerTo('/a') + half },
  ])('leaves the rest without an answer, after $after', async ({ said }) => {
    const { http, packets } = await serverOf((paths, socket) => {
      if (paths.length > 1) socket.end(said);
      else socket.write(answersTo(paths));
    });
    await ask(http, '/first');
    const [, second] = await askAll(http, ['/a', '/b']);
    expect(second).toMatchObject({ type: 'none', wasSent: true });
    expect(packets).toHaveLength(2);
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

  test('is given up with all that was asked together, and is not asked on that connection again', async () => {
    let isAsked = () => {};
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve;
    });
    const { http, packets, clock } = await serverOf((paths, socket) => {
      if (paths.length === 1) return socket.write(answersTo(paths));
      socket.write(answerTo('/a'));
      isAsked();
    });
    await ask(http, '/first');
    const all = askAll(http, ['/a', '/b', '/c']);
    await asked;
    const first = await ask(http, '/beside');
    clock.advance(8_000);
    const [a, b, c] = await all;
    expect([first, a]).toEqual(['/beside', '/a'].map(itself));
    for (const none of [b, c]) {
      expect(none).toMatchObject({ type: 'none', wasSent: true, cause: { name: 'DeadlineError' } });
    }
    await expect(ask(http, '/d')).resolves.toEqual(itself('/d'));
    expect(packets.at(-1)?.connection).not.toBe(1);
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
