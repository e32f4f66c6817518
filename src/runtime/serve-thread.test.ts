import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { type Remote, wrap } from 'comlink';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ChildExit, TreeNode } from './child-spec.ts';
import { comlinkEndpoint } from './comlink-endpoint.ts';
import { errorFacts } from './error-facts.ts';
import { serveThread, type ThreadContext, type ThreadHandlers } from './serve-thread.ts';
import { isThreadNotice, type ThreadNotice, type ThreadService } from './thread-protocol.ts';

const tree: TreeNode = {
  id: 'account',
  kind: 'supervisor',
  status: 'running',
  restarts: 0,
  epoch: 1,
  children: [],
};

let main: MessagePort;
let thread: MessagePort;
let notices: ThreadNotice[];
let asked: unknown[];
let left: number[];
let changed: () => void;

beforeEach(() => {
  ({ port1: main, port2: thread } = new MessageChannel());
  notices = [];
  asked = [];
  left = [];
  changed = () => {};
  main.on('message', (message: unknown) => {
    if (isThreadNotice(message)) notices.push(message);
    changed();
  });
});

afterEach(() => {
  main.close();
});

function until(isReached: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    changed = () => {
      if (isReached()) resolve();
    };
    changed();
  });
}

function serve(handlers: Partial<ThreadHandlers> = {}): Promise<void> {
  return serveThread({
    port: thread,
    leave: (code) => {
      left.push(code);
      changed();
    },
    start: async () => ({
      connect: (peer) => void asked.push(['connect', peer]),
      crash: (actor, reason) => void asked.push(['crash', actor, reason]),
      stop: async (deadlineMs) => void asked.push(['stop', deadlineMs]),
      tree: () => tree,
      ...handlers,
    }),
  });
}

function remote(): Remote<ThreadService> {
  return wrap<ThreadService>(comlinkEndpoint(main));
}

describe('the thread side', () => {
  test('says that it is ready when its start has ended, not before', async () => {
    let ready = () => {};
    const started = serveThread({
      port: thread,
      leave: (code) => left.push(code),
      start: async () => {
        await new Promise<void>((resolve) => {
          ready = resolve;
        });
        return { connect: () => {}, crash: () => {}, stop: async () => {}, tree: () => tree };
      },
    });
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(notices).toEqual([]);
    ready();
    await started;
    await until(() => notices.length > 0);
    expect(notices).toEqual([{ type: 'ready', tree }]);
    expect(left).toEqual([]);
  });

  test('says why it could not start, and leaves', async () => {
    await serveThread({
      port: thread,
      leave: (code) => left.push(code),
      start: () => Promise.reject(new TypeError('no such database')),
    });
    await until(() => notices.length > 0);
    expect(notices).toMatchObject([
      { type: 'start-failed', error: { name: 'TypeError', message: 'no such database' } },
    ]);
    expect(left).toEqual([1]);
  });

  test('answers what it is asked, errors included', async () => {
    await serve({ crash: () => Promise.reject(new Error('no such actor')) });
    const service = remote();
    expect(await service.tree()).toEqual(tree);
    expect(await service.ping()).toBeUndefined();
    await expect(service.crash('feed', 'test')).rejects.toThrow('no such actor');
  });

  test('leaves after a stop, when it has answered', async () => {
    await serve();
    await remote().stop(250);
    expect(asked).toEqual([['stop', 250]]);
    await until(() => left.length > 0);
    expect(left).toEqual([0]);
  });

  test('stays when its stop fails: the main thread decides', async () => {
    await serve({ stop: () => Promise.reject(new Error('journal is busy')) });
    await expect(remote().stop(250)).rejects.toThrow('journal is busy');
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(left).toEqual([]);
  });

  test('tells everything that its supervisors do, and shows the tree once after each turn', async () => {
    let report: ThreadContext['report'] = () => {};
    const turns: (() => void)[] = [];
    await serveThread({
      port: thread,
      leave: (code) => left.push(code),
      schedule: (turn) => turns.push(turn),
      start: async (context) => {
        ({ report } = context);
        return { connect: () => {}, crash: () => {}, stop: async () => {}, tree: () => tree };
      },
    });
    const event = (epoch: number) =>
      ({ type: 'child-started', id: 'a', epoch, supervisor: 'account', at: 0 }) as const;
    for (const epoch of [1, 2, 3]) report(event(epoch));
    expect(turns).toHaveLength(1);
    turns.shift()?.();
    report(event(4));
    turns.shift()?.();
    await until(() => notices.length === 7);
    const told = notices.map((notice) =>
      notice.type === 'supervision' && 'epoch' in notice.event ? notice.event.epoch : notice.type,
    );
    expect(told).toEqual(['ready', 1, 2, 3, 'tree', 4, 'tree']);
  });

  test.each<{ exit: ChildExit; notice: object[]; code: number[] }>([
    {
      exit: { reason: 'failed', error: errorFacts(new Error('spent')) },
      notice: [{ type: 'failed', error: { message: 'spent' } }],
      code: [1],
    },
    { exit: { reason: 'normal' }, notice: [], code: [0] },
    { exit: { reason: 'stopped' }, notice: [], code: [] },
  ])('when its supervisor has $exit.reason leaves with $code', async ({ exit, notice, code }) => {
    await serve({ ended: Promise.resolve(exit) });
    await until(() => notices.length === 1 + notice.length);
    expect(notices.slice(1)).toMatchObject(notice);
    expect(left).toEqual(code);
  });
});
