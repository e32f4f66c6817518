import { EventEmitter, once } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import { DeadlineError, deadline, within } from './deadline.ts';
import { SimulatedClock } from './simulated-clock.ts';

describe('a deadline', () => {
  test('aborts when its time is over', () => {
    const clock = new SimulatedClock();
    const { signal } = deadline(50, clock);
    clock.advance(49);
    expect(signal.aborted).toBe(false);
    clock.advance(1);
    expect(signal.reason).toBeInstanceOf(DeadlineError);
    expect(signal.reason.message).toBe('no answer within 50 ms');
  });

  test('aborts with its parent, and for its reason', () => {
    const parent = new AbortController();
    const { signal } = deadline(50, new SimulatedClock(), parent.signal);
    const reason = new Error('shutting down');
    parent.abort(reason);
    expect(signal.reason).toBe(reason);
  });

  test('aborts once, for the first reason, and tells all who listen', () => {
    const clock = new SimulatedClock();
    const parent = new AbortController();
    const { signal } = deadline(50, clock, parent.signal);
    const heard: string[] = [];
    signal.onabort = () => heard.push('onabort');
    const forgotten = () => heard.push('forgotten');
    signal.addEventListener('abort', forgotten);
    for (let listener = 1; listener <= 12; listener += 1) {
      signal.addEventListener('abort', ({ type }) => heard.push(type), { once: true });
    }
    signal.removeEventListener('abort', forgotten);
    signal.throwIfAborted();
    clock.advance(50);
    parent.abort(new Error('shutting down'));
    expect(heard).toEqual([...Array(12).fill('abort'), 'onabort']);
    expect(signal.reason).toEqual(new DeadlineError(50));
    expect(() => signal.throwIfAborted()).toThrow(DeadlineError);
  });

  test('is not heard by who gives up listening when another has heard it', () => {
    const clock = new SimulatedClock();
    const { signal } = deadline(50, clock);
    const heard: string[] = [];
    const second = () => heard.push('second');
    signal.addEventListener('abort', () => {
      heard.push('first');
      signal.removeEventListener('abort', second);
    });
    signal.addEventListener('abort', second);
    signal.addEventListener('abort', { handleEvent: () => heard.push('third') });
    clock.advance(50);
    expect(heard).toEqual(['first', 'third']);
  });

  test('is heard by the next one, too, where who hears it gives up listening', () => {
    const clock = new SimulatedClock();
    const { signal } = deadline(50, clock);
    const heard: string[] = [];
    for (const name of ['first', 'second', 'third']) {
      const listener = () => {
        heard.push(name);
        signal.removeEventListener('abort', listener);
      };
      signal.addEventListener('abort', listener);
    }
    clock.advance(50);
    expect(heard).toEqual(['first', 'second', 'third']);
  });

  test('is heard once by who listens twice, and not by who comes too late', () => {
    const clock = new SimulatedClock();
    const { signal } = deadline(50, clock);
    const listener = vi.fn();
    signal.addEventListener('abort', listener);
    signal.addEventListener('abort', listener);
    clock.advance(50);
    signal.addEventListener('abort', () => listener('late'));
    signal.dispatchEvent(new Event('abort'));
    expect(listener.mock.calls.filter(([said]) => said === 'late')).toEqual([]);
    expect(listener).toHaveBeenCalledTimes(2);
  });

  test('is heard by the others when one who listens fails, which nobody catches', async () => {
    const clock = new SimulatedClock();
    const { signal } = deadline(50, clock);
    const failed = new Promise((resolve) => {
      const [former] = process.listeners('uncaughtException');
      process.removeAllListeners('uncaughtException');
      process.once('uncaughtException', (error) => {
        if (former) process.on('uncaughtException', former);
        resolve(error);
      });
    });
    const heard = vi.fn();
    signal.addEventListener('abort', () => {
      throw new Error('one who listens');
    });
    signal.addEventListener('abort', heard);
    clock.advance(50);
    expect(heard).toHaveBeenCalledTimes(1);
    await expect(failed).resolves.toMatchObject({ message: 'one who listens' });
  });

  test('is heeded by what Node starts', async () => {
    const clock = new SimulatedClock();
    const { signal } = deadline(50, clock);
    const waiting = once(new EventEmitter(), 'never', { signal });
    clock.advance(50);
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError', cause: signal.reason });
  });

  test('has passed already under a parent that has aborted', () => {
    const { signal } = deadline(50, new SimulatedClock(), AbortSignal.abort(new Error('over')));
    expect(signal.aborted).toBe(true);
  });

  test('leaves no timer when it was cleared, and does not abort any more', () => {
    const clock = new SimulatedClock();
    const parent = new AbortController();
    const limit = deadline(50, clock, parent.signal);
    limit.clear();
    parent.abort();
    clock.advance(100);
    expect(limit.signal.aborted).toBe(false);
    expect(clock.pendingCount).toBe(0);
  });

  test('without end leaves only the parent', () => {
    const clock = new SimulatedClock();
    const parent = new AbortController();
    const { signal } = deadline(Number.POSITIVE_INFINITY, clock, parent.signal);
    expect(clock.pendingCount).toBe(0);
    parent.abort();
    expect(signal.aborted).toBe(true);
  });
});

describe('work within a deadline', () => {
  test('gives its result and clears the deadline', async () => {
    const clock = new SimulatedClock();
    await expect(within(50, clock, undefined, async () => 'done')).resolves.toBe('done');
    expect(clock.pendingCount).toBe(0);
  });

  test('gives its error and clears the deadline', async () => {
    const clock = new SimulatedClock();
    const work = within(50, clock, undefined, () => Promise.reject(new Error('refused')));
    await expect(work).rejects.toThrow('refused');
    expect(clock.pendingCount).toBe(0);
  });

  test('hears of its end by the signal', async () => {
    const clock = new SimulatedClock();
    const work = within(
      50,
      clock,
      undefined,
      (signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    clock.advance(50);
    await expect(work).rejects.toThrow(DeadlineError);
  });
});
