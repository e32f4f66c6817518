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
