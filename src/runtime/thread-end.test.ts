import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, test } from 'vitest';
import { OneThread } from '../../test/fixtures/one-thread.ts';
import type { ProbeMessage } from '../../test/fixtures/probe-thread.ts';
import { systemClock } from './clock.ts';

/** Others may have both cores for a moment: what was once fast enough, is. */
const busyMachine = { retry: 5 };

let stage: OneThread | undefined;

afterEach(() => stage?.close());

test(
  'a thread in an endless loop is replaced at most 50 ms after its time to stop',
  busyMachine,
  async () => {
    const shutdownMs = 200;
    stage = new OneThread({ restart: 'permanent', shutdownMs });
    await stage.supervisor.start();
    const outcome = await stage.asker.ask<ProbeMessage, string>(
      { from: 'main/a', to: 'alpha/second', deadlineMs: 20_000 },
      (replyTo) => ({ type: 'question', replyTo, reply: true }),
    );
    expect(outcome.outcome).toBe('answered');
    stage.tell({ type: 'die', how: 'loop' });
    const askedAt = systemClock.elapsed();
    await stage.supervisor.restartChild('alpha', 'operator');
    expect(stage.goneAt - askedAt).toBeLessThanOrEqual(shutdownMs + 50);
    expect(stage.supervisor.child('alpha')).toMatchObject({ epoch: 2, status: 'running' });
  },
);

describe('a thread that hangs', () => {
  const hang = { everyMs: 300, looksMax: 3 };

  test('is found out by its own counter and restarted, with the reason', async () => {
    stage = new OneThread({ restart: 'permanent', hang });
    await stage.supervisor.start();
    stage.tell({ type: 'die', how: 'loop' });
    await restartOf(stage);
    const reasons = stage.events.flatMap((event) =>
      event.type === 'child-restarting' ? [event.reason] : [],
    );
    expect(reasons).toEqual([
      'ThreadHungError: the thread alpha showed no sign of life for 900 ms',
    ]);
  });

  test('is only said where it may not be terminated, and stops when it has come back', async () => {
    let hangs = 0;
    const onHang = () => {
      hangs += 1;
    };
    stage = new OneThread({ canTerminate: false, hang: { everyMs: 10, looksMax: 2 }, onHang });
    await stage.supervisor.start();
    // It beats every 100 ms: who looks this often finds it without a beat.
    await new Promise<void>((resolve) => systemClock.after(300, resolve));
    expect(hangs).toBe(1);
    expect(stage.supervisor.child('alpha')).toMatchObject({ epoch: 1, status: 'running' });
  });
});

function restartOf({ supervisor }: OneThread): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      const { epoch, status } = supervisor.child('alpha');
      if (epoch === 2 && status === 'running') resolve();
      else systemClock.after(20, check);
    };
    check();
  });
}

describe('heap that grows in one piece', () => {
  /** Its arrays grow by pushing, which the limit of a thread does not always catch: then the process goes. */
  const growing = `
    const { Worker } = require('node:worker_threads');
    const grow = 'const kept = []; for (;;) kept.push(kept.length, {});';
    const limits = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 8 };
    const worker = new Worker(grow, { eval: true, resourceLimits: limits });
    worker.on('error', () => process.exit(1));
  `;
  test('may take its process with it; a parent sees it end, and lives', () => {
    const { status, signal } = spawnSync(process.execPath, ['-e', growing], { timeout: 60_000 });
    expect(status === 1 || status === 134 || signal === 'SIGABRT').toBe(true);
  });
});
