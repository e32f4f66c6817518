import { describe, expect, test } from 'vitest';
import { settlesWithin } from './settles-within.ts';
import { SimulatedClock } from './simulated-clock.ts';

describe('waiting for work with a limit', () => {
  test('says yes when it is done in time, and leaves no timer', async () => {
    const clock = new SimulatedClock();
    expect(await settlesWithin(Promise.resolve('done'), 10, clock)).toBe(true);
    expect(clock.pendingCount).toBe(0);
  });

  test('says no when the time is over', async () => {
    const clock = new SimulatedClock();
    const answer = settlesWithin(new Promise(() => {}), 10, clock);
    clock.advance(10);
    expect(await answer).toBe(false);
  });

  test('fails as the work does', async () => {
    const clock = new SimulatedClock();
    const answer = settlesWithin(Promise.reject(new Error('refused')), 10, clock);
    await expect(answer).rejects.toThrow('refused');
    expect(clock.pendingCount).toBe(0);
  });

  test('waits for ever where there is no limit', async () => {
    const clock = new SimulatedClock();
    const work = settlesWithin(Promise.resolve(), Number.POSITIVE_INFINITY, clock);
    expect(clock.pendingCount).toBe(0);
    expect(await work).toBe(true);
  });
});
