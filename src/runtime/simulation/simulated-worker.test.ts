import { describe, expect, test } from 'vitest';
import { seededRandom } from '../seeded-random.ts';
import { SeededScheduler } from './seeded-scheduler.ts';
import { SimulatedThread } from './simulated-thread.ts';
import { SimulatedWorker } from './simulated-worker.ts';

async function started(outlivesMs?: () => number) {
  const scheduler = new SeededScheduler({ random: seededRandom(1), startMs: 0 });
  const parent = new SimulatedThread('main', scheduler);
  const worker = new SimulatedWorker({
    ...{ name: 'worker', scheduler, delay: () => 0, parent, body: () => {} },
    ...(outlivesMs && { outlivesMs }),
  });
  const heard: unknown[] = [];
  for (const event of ['error', 'exit']) worker.on(event, (value) => heard.push(value));
  const settle = async () => {
    while (await scheduler.step());
  };
  await settle();
  return { scheduler, parent, worker, heard, settle };
}

describe('a simulated thread', () => {
  test('dies with who started it', async () => {
    const { parent, worker } = await started();
    parent.end();
    expect(worker.thread.isOver).toBe(true);
  });

  test('ends when the call returns that it stands still in', async () => {
    const { scheduler, worker, heard, settle } = await started();
    worker.thread.stall(45_000);
    void worker.terminate();
    expect(worker.thread.isOver).toBe(false);
    await settle();
    expect(heard).toEqual([1]);
    expect(scheduler.clock.elapsed()).toBeGreaterThanOrEqual(45_000);
  });

  test('says of what it died before it is gone', async () => {
    const { worker, heard, settle } = await started();
    const error = new Error('its heap is full');
    worker.fail(error);
    expect(worker.thread.isOver).toBe(true);
    await settle();
    expect(heard).toEqual([error, 1]);
  });
});

describe('a simulated process', () => {
  test('lives on for a moment after who started it', async () => {
    const { scheduler, parent, worker, settle } = await started(() => 50);
    const since = scheduler.clock.elapsed();
    parent.end();
    expect(worker.thread.isOver).toBe(false);
    await settle();
    expect(worker.thread.isOver).toBe(true);
    expect(scheduler.clock.elapsed() - since).toBeGreaterThanOrEqual(50);
  });

  test('is killed whatever call it stands still in', async () => {
    const { worker } = await started(() => 50);
    worker.thread.stall(45_000);
    void worker.terminate();
    expect(worker.thread.isOver).toBe(true);
  });
});
