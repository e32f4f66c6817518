import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { type RawData, WebSocket } from 'ws';
import { aFleet, anAccount, aToken } from '../../test/browser/fleet-builder.ts';
import { closeCodes, protocolVersion, type ServerMessage } from '../protocol/message.ts';
import { parseServerMessage } from '../protocol/parse-message.ts';
import { SimulatedClock } from '../runtime/simulated-clock.ts';
import { type Console, startConsole } from './start-console.ts';

const token = aToken();
const started: Console[] = [];
afterEach(async () => {
  for (const console of started.splice(0)) await console.close();
});

describe('a connection', () => {
  test('that does not log in is closed after five seconds', async () => {
    const { socket, clock } = await aConnection();
    const closed = once(socket, 'close');
    clock.advance(5_000);
    expect((await closed)[0]).toBe(closeCodes.loginTimeout);
  });

  test('hears a heartbeat every twenty seconds and lives as long as it answers', async () => {
    const { socket, clock } = await aConnection();
    await loggedIn(socket);
    for (let beat = 0; beat < 3; beat++) {
      const heard = once(socket, 'message');
      const pinged = once(socket, 'ping');
      clock.advance(20_000);
      expect(String((await heard)[0])).toBe('{"type":"heartbeat"}');
      await pinged;
      await roundTrip(socket);
    }
    expect(socket.readyState).toBe(socket.OPEN);
  });

  test('that answers no heartbeat is cut off at the next', async () => {
    const { socket, clock } = await aConnection({ autoPong: false });
    await loggedIn(socket);
    const closed = once(socket, 'close');
    clock.advance(40_000);
    expect((await closed)[0]).toBe(1006);
  });

  test('gets an honest answer when the engine does not answer a command in time', async () => {
    const { socket, clock, commands } = await aConnection();
    await loggedIn(socket);
    const result = messageOf(socket, 'command-result');
    const command = { type: 'command', id: 'c1', command: 'flatten', target: 'exness_main' };
    socket.send(JSON.stringify(command));
    await commands.first;
    clock.advance(19_999);
    await roundTrip(socket);
    clock.advance(10_001);
    expect(await result).toEqual({
      type: 'command-result',
      id: 'c1',
      ok: false,
      error: 'no answer within 30000 ms: it may still take effect, look at the state',
    });
  });
});

async function aConnection({ autoPong = true } = {}) {
  const clock = new SimulatedClock();
  let onFirst: () => void = () => {};
  const first = new Promise<void>((resolve) => {
    onFirst = resolve;
  });
  const console = await startConsole({
    host: '127.0.0.1',
    port: 0,
    token,
    clock,
    source: {
      snapshot: () => aFleet(anAccount('exness_main')),
      command: () => {
        onFirst();
        return new Promise(() => {});
      },
    },
    log: () => {},
  });
  started.push(console);
  const socket = new WebSocket(`ws://127.0.0.1:${console.port}/ws`, { autoPong });
  await once(socket, 'open');
  return { socket, clock, commands: { first } };
}

async function loggedIn(socket: WebSocket): Promise<void> {
  const snapshot = messageOf(socket, 'snapshot');
  socket.send(JSON.stringify({ type: 'login', token, version: protocolVersion }));
  await snapshot;
}

/** The next message of that type; the ones before it are passed over. */
function messageOf(socket: WebSocket, type: ServerMessage['type']): Promise<ServerMessage> {
  return new Promise((resolve) => {
    const onMessage = (data: RawData) => {
      const message = parseServerMessage(String(data));
      if (message.type !== type) return;
      socket.off('message', onMessage);
      resolve(message);
    };
    socket.on('message', onMessage);
  });
}

/** Until everything that was sent before has been answered. */
async function roundTrip(socket: WebSocket): Promise<void> {
  socket.ping();
  await once(socket, 'pong');
}
