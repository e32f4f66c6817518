import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sleep } from './clock.ts';
import { SimulatedClock } from './simulated-clock.ts';

describe('a simulated clock', () => {
  test('stands still until it is moved', () => {
    const clock = new SimulatedClock(1_000);
    expect([clock.now(), clock.elapsed()]).toEqual([1_000, 0]);
    clock.advance(250);
    expect([clock.now(), clock.elapsed()]).toEqual([1_250, 250]);
  });

  test('lets an hour of timers pass without waiting', () => {
    const clock = new SimulatedClock();
    const rung: number[] = [];
    const ring = () => {
      rung.push(clock.now());
      clock.after(60_000, ring);
    };
    clock.after(60_000, ring);
    clock.advance(3_600_000);
    expect(rung).toHaveLength(60);
    expect(rung.at(-1)).toBe(3_600_000);
  });

  test('runs timers by time, and those of one time as they were set', () => {
    const delay = fc.nat({ max: 20 });
    fc.assert(
      fc.property(fc.array(delay), (delays) => {
        const clock = new SimulatedClock();
        const rung: { at: number; index: number }[] = [];
        for (const [index, delayMs] of delays.entries()) {
          clock.after(delayMs, () => rung.push({ at: clock.now(), index }));
        }
        clock.advance(20);
        const expected = delays
          .map((at, index) => ({ at, index }))
          .sort((one, other) => one.at - other.at || one.index - other.index);
        expect(rung).toEqual(expected);
      }),
    );
  });

  test('forgets a timer that was cancelled, also by another timer of the same time', () => {
    const clock = new SimulatedClock();
    const rung: string[] = [];
    clock.after(5, () => cancel());
    const cancel = clock.after(5, () => rung.push('cancelled'));
    clock.after(5, () => rung.push('kept'));
    clock.advance(5);
    cancel();
    expect(rung).toEqual(['kept']);
    expect(clock.pendingCount).toBe(0);
  });

  test('does not run what is not due', () => {
    const clock = new SimulatedClock();
    const rung: string[] = [];
    clock.after(10, () => rung.push('late'));
    clock.advance(9.9);
    expect(rung).toEqual([]);
    expect(clock.pendingCount).toBe(1);
  });

  test('does not go back', () => {
    expect(() => new SimulatedClock().advance(-1)).toThrow('moved by -1 ms');
  });

  test('lets promises run between two timers when it is moved asynchronously', async () => {
    const clock = new SimulatedClock();
    const woke: number[] = [];
    const sleeper = async () => {
      for (let nap = 0; nap < 3; nap += 1) {
        await sleep(10, clock);
        woke.push(clock.now());
      }
    };
    const done = sleeper();
    await clock.advanceAsync(35);
    await done;
    expect(woke).toEqual([10, 20, 30]);
    expect(clock.now()).toBe(35);
  });
});
