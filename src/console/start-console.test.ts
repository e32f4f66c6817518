import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { aFleet, anAccount, aSignal, aToken, aTree } from '../../test/browser/fleet-builder.ts';
import type { FleetSnapshot } from '../protocol/fleet.ts';
import { applyEvent } from '../protocol/fleet-view.ts';
import {
  type ClientMessage,
  type Command,
  type CommandResult,
  type ConsoleEvent,
  closeCodes,
  protocolVersion,
  type ServerMessage,
} from '../protocol/message.ts';
import { parseServerMessage } from '../protocol/parse-message.ts';
import { systemClock } from '../runtime/clock.ts';
import type { ConsoleLogEvent } from './console-source.ts';
import { PortInUseError } from './port-in-use-error.ts';
import { type Console, startConsole } from './start-console.ts';

const token = aToken();
const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

describe('the console', () => {
  test('greets who has the token, with the fleet as it is', async () => {
    const engine = await anEngine();
    const client = await aClient(engine.console.port);
    client.say({ type: 'login', token, version: protocolVersion });
    expect(await client.next()).toEqual({
      type: 'welcome',
      version: protocolVersion,
      engine: '0.1.0',
    });
    expect(await client.next()).toEqual({ type: 'snapshot', sequence: 0, fleet: engine.fleet() });
  });

  test('tells events in their order, from where the snapshot ends', async () => {
    const engine = await anEngine();
    engine.publish(signal(1));
    engine.publish(signal(2));
    const client = await aConsole(engine);
    engine.publish(signal(3));
    engine.publish(signal(4));
    expect(client.fleet.sequence).toBe(2);
    expect(client.fleet.fleet.feed).toHaveLength(2);
    expect(await client.next()).toEqual({ type: 'event', sequence: 3, event: signal(3) });
    expect(await client.next()).toEqual({ type: 'event', sequence: 4, event: signal(4) });
  });

  test('tells each event to every client', async () => {
    const engine = await anEngine();
    const clients = [await aConsole(engine), await aConsole(engine)];
    engine.publish(signal(1));
    for (const client of clients) {
      expect(await client.next()).toMatchObject({ type: 'event', sequence: 1 });
    }
  });

  test('sends a fresh snapshot to who asks for it', async () => {
    const engine = await anEngine();
    const client = await aConsole(engine);
    engine.publish(signal(1));
    await client.next();
    client.say({ type: 'resync' });
    expect(await client.next()).toEqual({ type: 'snapshot', sequence: 1, fleet: engine.fleet() });
  });

  test('hands a command to the engine and its result back under the same id', async () => {
    const engine = await anEngine();
    const client = await aConsole(engine);
    client.say({ type: 'command', id: 'c1', command: 'pause', target: 'exness_main' });
    expect(await client.next()).toEqual({ type: 'command-result', id: 'c1', ok: true });
    expect(engine.commands).toEqual([{ id: 'c1', command: 'pause', target: 'exness_main' }]);
    client.say({ type: 'command', id: 'c2', command: 'flatten', target: 'nobody' });
    expect(await client.next()).toEqual({
      type: 'command-result',
      id: 'c2',
      ok: false,
      error: 'there is no nobody: exness_main',
    });
  });

  test('says so when a command fails, and keeps what failed in the log', async () => {
    const cause = new Error('disk full');
    const engine = await anEngine({ command: () => Promise.reject(cause) });
    const client = await aConsole(engine);
    client.say({ type: 'command', id: 'c1', command: 'pause', target: 'exness_main' });
    expect(await client.next()).toMatchObject({
      ok: false,
      error: 'the engine failed at it: see its log',
    });
    expect(engine.log).toContainEqual({ type: 'console-failed', cause });
  });

  test('takes eight commands at once and says no to the ninth', async () => {
    const engine = await anEngine({ command: () => new Promise(() => {}) });
    const client = await aConsole(engine);
    for (let i = 1; i <= 9; i++) {
      client.say({ type: 'command', id: `c${i}`, command: 'pause', target: 'exness_main' });
    }
    expect(await client.next()).toMatchObject({ type: 'command-result', id: 'c9', ok: false });
  });
});

describe('a stranger', () => {
  test('with a wrong token is told so and sees nothing', async () => {
    const engine = await anEngine();
    const client = await aClient(engine.console.port);
    client.say({ type: 'login', token: `${token}x`, version: protocolVersion });
    engine.publish(signal(1));
    expect(await client.next()).toEqual({
      type: 'error',
      code: 'wrong-token',
      message: 'wrong token',
    });
    expect(await client.closed).toEqual({ code: closeCodes.wrongToken, reason: 'wrong token' });
    expect(engine.log).toContainEqual(expect.objectContaining({ type: 'console-login-refused' }));
    expect(JSON.stringify(engine.log)).not.toContain(token);
  });

  test('is locked out after five wrong tokens, the right one included', async () => {
    const engine = await anEngine();
    for (let i = 0; i < 5; i++) {
      const client = await aClient(engine.console.port);
      client.say({ type: 'login', token: `guess-${i}`, version: protocolVersion });
      await client.closed;
    }
    const client = await aClient(engine.console.port);
    client.say({ type: 'login', token, version: protocolVersion });
    expect(await client.next()).toMatchObject({ type: 'error', code: 'too-many-tries' });
    expect((await client.closed).code).toBe(closeCodes.tooManyTries);
  });

  test('gets one try per connection', async () => {
    const engine = await anEngine();
    const client = await aClient(engine.console.port);
    client.say({ type: 'login', token: 'guess', version: protocolVersion });
    client.say({ type: 'login', token, version: protocolVersion });
    expect(await client.next()).toMatchObject({ type: 'error', code: 'wrong-token' });
    expect((await client.closed).code).toBe(closeCodes.wrongToken);
    expect(client.pending()).toEqual([]);
  });

  test.each([
    ['another version', (t: string) => ({ type: 'login', token: t, version: 99 }), 'wrong-version'],
    [
      'a command',
      () => ({ type: 'command', id: '1', command: 'pause', target: 'a' }),
      'login-expected',
    ],
    ['an unknown message', () => ({ type: 'sudo' }), 'bad-message'],
    [
      'a key too many',
      (t: string) => ({ type: 'login', token: t, version: 1, admin: true }),
      'bad-message',
    ],
  ])('who begins with %s is refused', async (_, message, code) => {
    const engine = await anEngine();
    const client = await aClient(engine.console.port);
    client.socket.send(JSON.stringify(message(token)));
    expect(await client.next()).toMatchObject({ type: 'error', code });
    await client.closed;
    expect(engine.commands).toEqual([]);
  });

  test('from a page of another host gets no connection', async () => {
    const engine = await anEngine();
    const url = `ws://127.0.0.1:${engine.console.port}/ws`;
    const socket = new WebSocket(url, { origin: 'https://evil.example' });
    const answer = await new Promise<number | undefined>((resolve) => {
      socket.on('unexpected-response', (_, response) => resolve(response.statusCode));
      socket.on('error', () => {});
    });
    expect(answer).toBe(403);
  });

  test('may not take the place of the sixteen who are there', async () => {
    const engine = await anEngine();
    for (let i = 0; i < 16; i++) await aConsole(engine);
    const client = await aClient(engine.console.port);
    expect(await client.closed).toEqual({
      code: closeCodes.full,
      reason: 'at most 16 clients at once: close one',
    });
  });
});

describe('a client that misbehaves', () => {
  test('is told what was wrong with its frame and stays connected', async () => {
    const engine = await anEngine();
    const client = await aConsole(engine);
    client.socket.send('{ "type": "comm');
    expect(await client.next()).toEqual({
      type: 'error',
      code: 'bad-message',
      message: 'the frame is not JSON',
    });
    client.socket.send(
      JSON.stringify({ type: 'command', id: '1', command: 'withdraw', target: 'a' }),
    );
    expect(await client.next()).toMatchObject({ type: 'error', code: 'bad-message' });
    client.say({ type: 'command', id: 'c1', command: 'resume', target: 'exness_main' });
    expect(await client.next()).toMatchObject({ type: 'command-result', ok: true });
    expect(engine.commands).toHaveLength(1);
  });

  test('is cut off when a frame is too large', async () => {
    const engine = await anEngine();
    const client = await aConsole(engine);
    client.socket.send('x'.repeat(20_000));
    expect((await client.closed).code).toBe(closeCodes.messageTooBig);
  });

  test('and reads slowly loses the oldest events and gets a snapshot for them', async () => {
    const engine = await anEngine();
    const client = await aConsole(engine);
    client.socket.pause();
    const padding = 'x'.repeat(100_000);
    for (let i = 1; i <= 1_000; i++) engine.publish(restart(i, padding));
    client.socket.resume();
    const last = await client.until(
      (message) => 'sequence' in message && message.sequence === 1_000,
    );
    expect(last.type).toBe('snapshot');
    const seen = client.history.filter((message) => 'sequence' in message);
    expect(seen.length).toBeLessThan(500);
    expect(gaps(seen)).toEqual([]);
    engine.publish(signal(1));
    expect(await client.next()).toMatchObject({ type: 'event', sequence: 1_001 });
  });

  test('never makes publishing wait', async () => {
    const engine = await anEngine();
    const client = await aConsole(engine);
    client.socket.pause();
    const before = systemClock.elapsed();
    for (let i = 1; i <= 20_000; i++) engine.publish(signal(i));
    expect(systemClock.elapsed() - before).toBeLessThan(2_000);
  });

  test('does not hurt publishing when the event cannot be written', async () => {
    const engine = await anEngine();
    const client = await aConsole(engine);
    const circular: { self?: unknown } = {};
    circular.self = circular;
    engine.console.publish({ type: 'market-time', at: circular } as unknown as ConsoleEvent);
    expect(engine.log).toContainEqual(expect.objectContaining({ type: 'console-failed' }));
    engine.publish(signal(1));
    expect(await client.next()).toMatchObject({ type: 'event', sequence: 2 });
  });
});

describe('the port', () => {
  test('that is taken is named, with the way out', async () => {
    const { console } = await anEngine();
    const second = startConsole(options({ port: console.port }));
    await expect(second).rejects.toThrow(PortInUseError);
    await expect(second).rejects.toThrow(
      `port ${console.port} on 127.0.0.1 is in use: another engine may be running. Stop it, or choose a free port for the console with --console PORT`,
    );
  });

  test('is free again after close, and every client has heard why', async () => {
    const engine = await anEngine();
    const client = await aConsole(engine);
    await engine.console.close();
    expect(await client.closed).toEqual({ code: closeCodes.goingAway, reason: 'the engine stops' });
    const again = await startConsole(options({ port: engine.console.port }));
    await again.close();
  });

  test('closes within its second although a client never answers', async () => {
    const engine = await anEngine();
    const mute = connect(engine.console.port, '127.0.0.1');
    mute.on('error', () => {});
    mute.write('GET /health HTTP/1.1\r\nhost: x\r\n');
    await new Promise((resolve) => mute.once('ready', resolve));
    const before = systemClock.elapsed();
    await engine.console.close();
    expect(systemClock.elapsed() - before).toBeLessThan(3_000);
    mute.destroy();
  });
});

type Engine = {
  readonly console: Console;
  readonly commands: readonly Command[];
  readonly log: readonly ConsoleLogEvent[];
  fleet(): FleetSnapshot;
  publish(event: ConsoleEvent): void;
};

function options(overrides: Partial<Parameters<typeof startConsole>[0]> = {}) {
  return {
    host: '127.0.0.1',
    port: 0,
    token,
    clock: systemClock,
    source: {
      snapshot: () => aFleet(anAccount('exness_main')),
      command: () => Promise.resolve({ ok: true } as const),
    },
    log: () => {},
    ...overrides,
  };
}

/** An engine of one account that does nothing but remember what it was told. */
async function anEngine(
  overrides: { command?: (command: Command) => Promise<CommandResult> } = {},
): Promise<Engine> {
  let fleet = aFleet(anAccount('exness_main'));
  const commands: Command[] = [];
  const log: ConsoleLogEvent[] = [];
  const obey = (command: Command): Promise<CommandResult> => {
    commands.push(command);
    const isKnown = fleet.accounts.some(({ id }) => id === command.target);
    return Promise.resolve(
      isKnown ? { ok: true } : { ok: false, error: `there is no ${command.target}: exness_main` },
    );
  };
  const started = await startConsole(
    options({
      source: { snapshot: () => fleet, command: overrides.command ?? obey },
      log: (event) => log.push(event),
    }),
  );
  closers.push(() => started.close());
  const publish = (event: ConsoleEvent) => {
    fleet = applyEvent(fleet, event);
    started.publish(event);
  };
  return { console: started, commands, log, fleet: () => fleet, publish };
}

function signal(bar: number): ConsoleEvent {
  return { type: 'account-event', event: aSignal('exness_main', bar) };
}

function restart(number: number, padding: string): ConsoleEvent {
  const tree = aTree('exness_main');
  return { type: 'tree-changed', tree: { ...tree, id: padding, restarts: number } };
}

/** Where a client that read this missed something: an event that does not follow on what came before it. */
function gaps(messages: readonly ServerMessage[]): number[] {
  let expected: number | undefined;
  const missing: number[] = [];
  for (const message of messages) {
    if (!('sequence' in message)) continue;
    if (message.type === 'event' && expected !== undefined && message.sequence !== expected) {
      missing.push(message.sequence);
    }
    expected = message.sequence + 1;
  }
  return missing;
}

type Client = {
  readonly socket: WebSocket;
  readonly history: readonly ServerMessage[];
  readonly closed: Promise<{ code: number; reason: string }>;
  say(message: ClientMessage): void;
  next(): Promise<ServerMessage>;
  until(isWanted: (message: ServerMessage) => boolean): Promise<ServerMessage>;
  pending(): readonly ServerMessage[];
};

/** Logged in, with the first snapshot already read. */
async function aConsole(engine: Engine) {
  const client = await aClient(engine.console.port);
  client.say({ type: 'login', token, version: protocolVersion });
  await client.next();
  const fleet = await client.next();
  if (fleet.type !== 'snapshot') throw new Error(`a ${fleet.type} instead of the snapshot`);
  return { ...client, fleet };
}

async function aClient(port: number): Promise<Client> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
  closers.push(() => socket.terminate());
  const history: ServerMessage[] = [];
  const unread: ServerMessage[] = [];
  const waiting: ((message: ServerMessage) => void)[] = [];
  socket.on('message', (data) => {
    const message = parseServerMessage(data.toString());
    history.push(message);
    const reader = waiting.shift();
    if (reader === undefined) unread.push(message);
    else reader(message);
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  const next = () =>
    new Promise<ServerMessage>((resolve) => {
      const message = unread.shift();
      if (message === undefined) waiting.push(resolve);
      else resolve(message);
    });
  const until = async (isWanted: (message: ServerMessage) => boolean) => {
    for (;;) {
      const message = await next();
      if (isWanted(message)) return message;
    }
  };
  const say = (message: ClientMessage) => socket.send(JSON.stringify(message));
  return { socket, history, closed, say, next, until, pending: () => unread };
}
