import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { MessageChannel, Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import config from '../vitest.config.ts';
import { Leftovers } from './leftovers.ts';

let leftovers: Leftovers;

beforeEach(() => {
  leftovers = new Leftovers();
});

afterEach(() => leftovers.stop());

/** Everything that a test can leave behind: how it begins, and how it is ended. */
const things: Readonly<Record<string, () => Promise<() => unknown>>> = {
  Worker: async () => {
    const thread = new Worker('setInterval(() => {}, 1_000)', { eval: true });
    await once(thread, 'online');
    return () => thread.terminate();
  },
  MessagePort: async () => {
    const { port1 } = new MessageChannel();
    port1.on('message', () => {});
    return () => port1.close();
  },
  ProcessWrap: async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1_000)'], {
      stdio: 'ignore',
    });
    await once(child, 'spawn');
    return () => child.kill('SIGKILL');
  },
  TCPServerWrap: async () => {
    const server = createServer();
    await once(server.listen(0), 'listening');
    return () => server.close();
  },
  FSEventWrap: async () => {
    const watcher = watch(import.meta.dirname);
    return () => watcher.close();
  },
};

describe('what a test file leaves behind', () => {
  test.each(Object.entries(things))(
    'is seen: %s; and gone when it has ended',
    async (kind, begin) => {
      expect(leftovers.present()).toEqual({});
      const end = await begin();
      expect(leftovers.present()).toMatchObject({ [kind]: 1 });
      await end();
      expect(await leftovers.after(10_000)).toEqual({});
    },
  );

  test('is seen: both ends of a connection', async () => {
    const server = createServer();
    await once(server.listen(0), 'listening');
    const { port } = server.address() as { port: number };
    const client = connect(port);
    const [socket] = (await once(server, 'connection')) as [Socket];
    expect(leftovers.present()).toMatchObject({ TCPServerWrap: 1, TCPSocketWrap: 2 });
    client.destroy();
    socket.destroy();
    server.close();
    expect(await leftovers.after(10_000)).toEqual({});
  });

  test('is looked for around every file of the run', () => {
    expect(config).toMatchObject({ test: { setupFiles: ['test/leave-nothing.ts'] } });
  });

  test('is counted from the beginning, not from nothing', async () => {
    const end = await (things['MessagePort'] as () => Promise<() => unknown>)();
    const later = new Leftovers();
    expect(later.present()).toEqual({});
    later.stop();
    await end();
  });
});
