import { describe, expect, test } from 'vitest';
import { retry } from './retry.ts';
import { SimulatedClock } from './simulated-clock.ts';

const policy = { attemptsMax: 4, firstDelayMs: 100, delayMaxMs: 250 };

/** Fails `failures` times, then answers; remembers when it was called. */
function flaky(clock: SimulatedClock, failures: number) {
  const calledAt: number[] = [];
  const work = async (attempt: number) => {
    calledAt.push(clock.elapsed());
    if (calledAt.length <= failures) throw new Error(`failure ${attempt}`);
    return `answer ${attempt}`;
  };
  return { calledAt, work };
}

function aRetry(clock: SimulatedClock, signal = new AbortController().signal) {
  return { policy, clock, signal, isTransient: () => true };
}

describe('a retry', () => {
  test('is one call when that succeeds', async () => {
    const clock = new SimulatedClock();
    const { work, calledAt } = flaky(clock, 0);
    await expect(retry(aRetry(clock), work)).resolves.toBe('answer 1');
    expect(calledAt).toEqual([0]);
  });

  test('waits twice as long each time, up to the ceiling', async () => {
    const clock = new SimulatedClock();
    const { work, calledAt } = flaky(clock, 3);
    const answer = retry(aRetry(clock), work);
    await clock.advanceAsync(10_000);
    await expect(answer).resolves.toBe('answer 4');
    expect(calledAt).toEqual([0, 100, 300, 550]);
    expect(clock.pendingCount).toBe(0);
  });

  test('gives up after its attempts, with the last error', async () => {
    const clock = new SimulatedClock();
    const { work, calledAt } = flaky(clock, 9);
    const answer = expect(retry(aRetry(clock), work)).rejects.toThrow('failure 4');
    await clock.advanceAsync(10_000);
    await answer;
    expect(calledAt).toHaveLength(4);
  });

  test('passes on at once what another attempt cannot cure', async () => {
    const clock = new SimulatedClock();
    const { work, calledAt } = flaky(clock, 9);
    const isTransient = (error: unknown) => !(error as Error).message.endsWith('1');
    await expect(retry({ ...aRetry(clock), isTransient }, work)).rejects.toThrow('failure 1');
    expect(calledAt).toHaveLength(1);
  });

  test('ends a wait when it is aborted, with the error that made it wait', async () => {
    const clock = new SimulatedClock();
    const stop = new AbortController();
    const { work, calledAt } = flaky(clock, 9);
    const answer = expect(retry(aRetry(clock, stop.signal), work)).rejects.toThrow('failure 1');
    await clock.advanceAsync(50);
    stop.abort(new Error('stopping'));
    await answer;
    expect(calledAt).toHaveLength(1);
    expect(clock.pendingCount).toBe(0);
  });

  test('does not try again after an abort', async () => {
    const clock = new SimulatedClock();
    const stop = new AbortController();
    stop.abort(new Error('stopping'));
    const { work, calledAt } = flaky(clock, 9);
    await expect(retry(aRetry(clock, stop.signal), work)).rejects.toThrow('failure 1');
    expect(calledAt).toHaveLength(1);
  });
});
