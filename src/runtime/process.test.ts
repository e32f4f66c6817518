import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { afterEach, describe, expect, test } from 'vitest';
import { SharedStage } from '../../test/fixtures/shared-stage.ts';
import { startProcess } from './process.ts';
import type { ThreadHandle } from './thread.ts';

describe('a process in place of a thread', () => {
  const echo = new URL('../../test/fixtures/echo-thread.ts', import.meta.url);
  let child: ThreadHandle & NodeJS.EventEmitter;

  function start(name = 'echo'): void {
    child = startProcess(echo, { name, workerData: { data: { name } } }) as typeof child;
  }

  afterEach(() => child.terminate());

  /** What comes next over the port of the process itself. */
  async function next(): Promise<unknown> {
    const [value] = (await once(child, 'message')) as unknown[];
    return value;
  }

  test('has its data, and talks over its port', async () => {
    start();
    expect(await next()).toEqual({ type: 'up', data: { name: 'echo' }, pid: expect.any(Number) });
    child.postMessage({ type: 'echo', value: new Float64Array([1.5]) });
    expect(await next()).toEqual(new Float64Array([1.5]));
  });

  test('runs with our source maps and number of helpers, and without our inspector', async () => {
    const ours = process.execArgv;
    process.execArgv = ['--inspect', '--enable-source-maps', '--v8-pool-size=1'];
    try {
      start();
    } finally {
      process.execArgv = ours;
    }
    const { pid } = (await next()) as { pid: number };
    const [, ...words] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const flags = words.filter((word) => word.startsWith('--'));
    expect(flags).toEqual(['--enable-source-maps', '--v8-pool-size=1']);
  });

  test('takes a port wherever it stands in a message: all of it arrives, in order, both ways', async () => {
    start();
    const { port1, port2 } = new MessageChannel();
    child.postMessage({ type: 'use', deep: [{ port: port2 }] }, [port2]);
    for (let n = 0; n < 2_000; n += 1) port1.postMessage({ n, values: new Float64Array(4) });
    const seen: number[] = [];
    await new Promise<void>((resolve) => {
      port1.on('message', ({ n }: { n: number }) => {
        seen.push(n);
        if (seen.length === 2_000) resolve();
      });
    });
    expect(seen).toEqual(Array.from({ length: 2_000 }, (_, n) => n));
    port1.close();
  });

  test('hears that a port was closed', async () => {
    start();
    const { port1, port2 } = new MessageChannel();
    child.postMessage({ type: 'use', deep: [{ port: port2 }] }, [port2]);
    port1.postMessage({ n: 1 });
    await once(port1, 'message');
    port1.close();
    while ((await next()) !== 'port closed');
  });

  test('closes a port here when it closes its own', async () => {
    start();
    const { port1, port2 } = new MessageChannel();
    child.postMessage({ type: 'use', deep: [{ port: port2 }] }, [port2]);
    const closed = once(port1, 'close');
    port1.postMessage({ n: 1, andClose: true });
    const [last] = (await once(port1, 'message')) as unknown[];
    expect(last).toMatchObject({ n: 1 });
    await closed;
  });

  test('hands a port of its own over to us', async () => {
    start();
    await next();
    child.postMessage({ type: 'give' });
    const { port } = (await next()) as { port: MessagePort };
    port.postMessage('ping');
    expect(await once(port, 'message')).toEqual(['pong to ping']);
    port.close();
  });

  test('is told nothing that cannot be copied to it, and lives on', async () => {
    start();
    await next();
    expect(() => child.postMessage({ type: 'echo', value: () => {} })).toThrow(
      'could not be cloned',
    );
    const { port1, port2 } = new MessageChannel();
    child.postMessage({ type: 'use', deep: [{ port: port2 }] }, [port2]);
    const refused = once(child, 'messageerror');
    // Another thread could share it.
    port1.postMessage({ n: new SharedArrayBuffer(8) });
    const [error] = (await refused) as [Error];
    expect(error.message).toContain('could not be cloned');
    port1.postMessage({ n: 5 });
    expect(await once(port1, 'message')).toEqual([{ n: 5 }]);
    port1.close();
  });

  test('has everything it said delivered before its end, and its ports closed', async () => {
    start();
    const { port1, port2 } = new MessageChannel();
    const log: unknown[] = [];
    child.postMessage({ type: 'use', deep: [{ port: port2 }] }, [port2]);
    port1.on('message', ({ n }: { n: number }) => log.push(n));
    const closed = once(port1, 'close').then(() => log.push('closed'));
    port1.postMessage({ n: 0, andExit: 3, after: 1_000 });
    const [code] = (await once(child, 'exit')) as unknown[];
    await closed;
    expect(code).toBe(3);
    expect(log).toEqual([...Array.from({ length: 1_000 }, (_, n) => n), 'closed']);
  });

  test('is killed whatever it does, and says by which signal', async () => {
    start();
    await next();
    child.postMessage({ type: 'loop' });
    const exit = once(child, 'exit');
    expect(await child.terminate()).toBe(137);
    expect(await exit).toEqual([137, 'SIGKILL']);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('does not care for %s', async (signal) => {
    start();
    const { pid } = (await next()) as { pid: number };
    process.kill(pid, signal);
    child.postMessage({ type: 'echo', value: 'still here' });
    expect(await next()).toBe('still here');
  });
});

describe('an account in a process', () => {
  let stage: SharedStage;
  const residents = { shard: ['a'], other: ['c'] };

  afterEach(() => stage.close());

  test.each([
    { way: 'exit', reason: 'left with exit code 7' },
    { way: 'heap', reason: 'reaching memory limit' },
    { way: 'loop', reason: 'ThreadHungError: the thread shard showed no sign of life' },
    { way: 'native-stall', reason: 'ThreadHungError: the thread shard showed no sign of life' },
  ] as const)('that dies by $way is restarted; its sibling lives on', async ({ way, reason }) => {
    const seesHangs = way === 'loop' || way === 'native-stall';
    stage = new SharedStage({ startThread: startProcess, residents, seesHangs });
    await stage.supervisor.start();
    expect(await stage.who('a')).toMatchObject({ threadEpoch: 1, epoch: 1 });
    await stage.control('shard').harm(way, 'a', 120_000);
    await stage.started('shard', 2);
    expect(stage.culprits('shard')).toEqual([['a', expect.stringContaining(reason)]]);
    expect(await stage.who('a')).toMatchObject({ threadEpoch: 2, epoch: 1 });
    expect(await stage.who('c')).toMatchObject({ threadEpoch: 1, epoch: 1 });
  });

  test('that is killed from outside: whoever asked hears so at once, and its successor answers', async () => {
    stage = new SharedStage({ startThread: startProcess, residents });
    await stage.supervisor.start();
    const { pid } = await stage.who('a');
    // It stands still, so that it cannot answer before it is killed.
    process.kill(pid, 'SIGSTOP');
    const asked = Array.from({ length: 100 }, () => stage.ask('a'));
    process.kill(pid, 'SIGKILL');
    expect(new Set((await Promise.all(asked)).map(({ outcome }) => outcome))).toEqual(
      new Set(['down']),
    );
    expect(await stage.who('a')).toMatchObject({ threadEpoch: 2 });
    expect(stage.culprits('shard')).toEqual([
      ['a', 'ThreadExitError: the process shard was ended by SIGKILL'],
    ]);
    expect(await stage.who('c')).toMatchObject({ threadEpoch: 1, epoch: 1 });
  });

  test.each(['throw', 'reject'] as const)('that fails by %s crashes in place', async (way) => {
    stage = new SharedStage({ startThread: startProcess, residents });
    await stage.supervisor.start();
    await stage.control('shard').harm(way, 'a');
    await stage.until(() => stage.reasons('a').length > 0);
    expect(await stage.who('a')).toMatchObject({ threadEpoch: 1, epoch: 2 });
    expect(stage.reasons('shard')).toEqual([]);
  });
});
