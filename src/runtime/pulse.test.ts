import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { systemClock } from './clock.ts';
import { beat, look, newPulse, type PulseView, watchPulse } from './pulse.ts';
import { SimulatedClock } from './simulated-clock.ts';

describe('a pulse', () => {
  test('that stands still for so many looks is a hang, said once', () => {
    const clock = new SimulatedClock();
    const pulse = newPulse();
    const stopBeating = beat(pulse, clock);
    let hangs = 0;
    const watched = { pulse, clock, everyMs: 200, looksMax: 3, onHang: () => (hangs += 1) };
    watchPulse(watched);
    clock.advance(10_000);
    expect(hangs).toBe(0);
    stopBeating();
    clock.advance(599);
    expect(hangs).toBe(0);
    clock.advance(10_000);
    expect(hangs).toBe(1);
    expect(clock.pendingCount).toBe(0);
  });

  test('is judged by looks, not by time: who did not look for an hour has seen nothing', () => {
    let view: PulseView | undefined;
    for (const counter of [1, 1, 1, 2]) view = look(view, counter);
    expect(view).toEqual({ counter: 2, looksWithoutBeat: 0 });
  });

  test('that is not watched any more leaves no timer', () => {
    const clock = new SimulatedClock();
    const pulse = newPulse();
    const giveUp = watchPulse({ pulse, clock, everyMs: 200, looksMax: 3, onHang: () => {} });
    clock.advance(300);
    giveUp();
    expect(clock.pendingCount).toBe(0);
  });
});

/** A thread that beats like ours does; `loop` makes it busy for ever. */
const beating = `
  const { parentPort, workerData } = require('node:worker_threads');
  const next = () => { Atomics.add(workerData, 0, 1); setTimeout(next, 100); };
  next();
  parentPort.on('message', () => { for (;;); });
  parentPort.postMessage('up');
`;

test('a main thread that stood still for two seconds takes nobody for hung, and then still sees who is', async () => {
  const pulse = newPulse();
  const worker = new Worker(beating, { eval: true, workerData: pulse });
  await new Promise((resolve) => worker.once('message', resolve));
  let hungAt: number | undefined;
  const hung = new Promise<void>((resolve) => {
    const onHang = () => {
      hungAt = systemClock.elapsed();
      resolve();
    };
    watchPulse({ pulse, clock: systemClock, everyMs: 300, looksMax: 3, onHang });
  });
  const stoodStill = new Int32Array(new SharedArrayBuffer(4));
  Atomics.wait(stoodStill, 0, 0, 2_000);
  await new Promise<void>((resolve) => systemClock.after(1_500, resolve));
  expect(hungAt).toBeUndefined();
  worker.postMessage('loop');
  await hung;
  await worker.terminate();
});
