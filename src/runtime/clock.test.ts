import { describe, expect, test } from 'vitest';
import { sleep, systemClock } from './clock.ts';
import { SimulatedClock } from './simulated-clock.ts';

describe('sleeping', () => {
  test('ends after its time', async () => {
    const clock = new SimulatedClock();
    const slept = sleep(100, clock);
    clock.advance(100);
    await expect(slept).resolves.toBeUndefined();
  });

  test('ends at once with the reason of its signal, and leaves no timer', async () => {
    const clock = new SimulatedClock();
    const controller = new AbortController();
    const slept = sleep(100, clock, controller.signal);
    controller.abort(new Error('stopping'));
    await expect(slept).rejects.toThrow('stopping');
    expect(clock.pendingCount).toBe(0);
  });

  test('does not begin when its signal has aborted', async () => {
    const clock = new SimulatedClock();
    await expect(sleep(100, clock, AbortSignal.abort(new Error('over')))).rejects.toThrow('over');
    expect(clock.pendingCount).toBe(0);
  });
});

describe('the system clock', () => {
  test('runs a task once, unless it is cancelled', async () => {
    const ran: string[] = [];
    const cancel = systemClock.after(0, () => ran.push('cancelled'));
    cancel();
    await new Promise<void>((resolve) => systemClock.after(0, resolve));
    expect(ran).toEqual([]);
  });

  test('measures time that only grows', () => {
    const before = systemClock.elapsed();
    expect(systemClock.elapsed()).toBeGreaterThanOrEqual(before);
    expect(systemClock.now()).toBeGreaterThan(1_700_000_000_000);
  });
});
