import { AsyncLocalStorage } from 'node:async_hooks';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Clock, systemClock } from './clock.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { TimerWheel, WheelTimer } from './timer-wheel.ts';

/** From within a millisecond to years: every level of the wheel. */
const anyDelay = fc.oneof(
  fc.double({ min: 0, max: 3, noNaN: true }),
  fc.nat({ max: 200 }),
  fc.nat({ max: 10_000 }),
  fc.nat({ max: 5_000_000 }),
  fc.maxSafeNat().map((ms) => ms % 1e11),
);

type Step =
  | { readonly do: 'set'; readonly delayMs: number }
  /** One that sets another when it runs. */
  | { readonly do: 'set-chain'; readonly delayMs: number; readonly thenMs: number }
  /** One that cancels another when it runs. */
  | { readonly do: 'set-killer'; readonly delayMs: number; readonly victim: number }
  | { readonly do: 'cancel'; readonly victim: number }
  | { readonly do: 'advance'; readonly ms: number };

function anySteps(delay: fc.Arbitrary<number>): fc.Arbitrary<Step[]> {
  const victim = fc.nat({ max: 40 });
  return fc.array(
    fc.oneof(
      fc.record({ do: fc.constant('set' as const), delayMs: delay }),
      fc.record({ do: fc.constant('set-chain' as const), delayMs: delay, thenMs: delay }),
      fc.record({ do: fc.constant('set-killer' as const), delayMs: delay, victim }),
      fc.record({ do: fc.constant('cancel' as const), victim }),
      fc.record({ do: fc.constant('advance' as const), ms: delay }),
    ),
    { maxLength: 60 },
  );
}

type Run = { readonly id: number; readonly at: number };

/** Plays the steps with whatever sets timers, and tells which ran when, and what each was due at. */
function play(
  steps: readonly Step[],
  { clock, timers }: { readonly clock: SimulatedClock; readonly timers: Pick<Clock, 'after'> },
  afterStep: () => void = () => {},
) {
  const runs: Run[] = [];
  const dueAt: number[] = [];
  const cancels: (() => void)[] = [];
  const cancelled = new Set<number>();
  const cancel = (id: number) => {
    if (cancels[id] && !runs.some((run) => run.id === id)) cancelled.add(id);
    cancels[id]?.();
  };
  const set = (delayMs: number, then: () => void = () => {}) => {
    const id = dueAt.push(clock.elapsed() + delayMs) - 1;
    cancels[id] = timers.after(delayMs, () => {
      runs.push({ id, at: clock.elapsed() });
      then();
    });
  };
  for (const step of steps) {
    if (step.do === 'set') set(step.delayMs);
    if (step.do === 'set-chain') set(step.delayMs, () => set(step.thenMs));
    if (step.do === 'set-killer') set(step.delayMs, () => cancel(step.victim));
    if (step.do === 'cancel') cancel(step.victim);
    if (step.do === 'advance') clock.advance(step.ms);
    afterStep();
  }
  return { runs, dueAt, cancelled };
}

class Silent extends WheelTimer {
  override ring(): void {}
}

describe('a wheel of timers', () => {
  test('runs what a sorted list of the same timers runs, in the same order, at the same time', () => {
    // Whole milliseconds, and none that is due in the one that it is set in: there the wheel is later, by one.
    const delay = anyDelay.map((ms) => Math.floor(ms) + 1);
    fc.assert(
      fc.property(anySteps(delay), (steps) => {
        const listed = new SimulatedClock();
        const wheeled = new SimulatedClock();
        const expected = play(steps, { clock: listed, timers: listed });
        const wheel = new TimerWheel(wheeled);
        expect(play(steps, { clock: wheeled, timers: wheel })).toEqual(expected);
        expect(wheel.size).toBe(listed.pendingCount);
      }),
      { numRuns: 300 },
    );
  });

  test('runs nothing early, nothing later than a millisecond, nothing that was cancelled and nothing twice', () => {
    fc.assert(
      fc.property(
        anySteps(anyDelay),
        fc.double({ min: 0, max: 1e12, noNaN: true }),
        (steps, startMs) => {
          const clock = new SimulatedClock();
          clock.advance(startMs);
          const wheel = new TimerWheel(clock);
          const { runs, dueAt, cancelled } = play(steps, { clock, timers: wheel });
          for (const { id, at } of runs) {
            expect(at).toBeGreaterThanOrEqual(dueAt[id] as number);
            expect(at).toBeLessThanOrEqual((dueAt[id] as number) + 1);
            expect(cancelled.has(id)).toBe(false);
          }
          const ran = new Set(runs.map(({ id }) => id));
          expect(ran.size).toBe(runs.length);
          const waiting = dueAt.filter((_, id) => !ran.has(id) && !cancelled.has(id));
          for (const at of waiting) expect(at).toBeGreaterThan(clock.elapsed() - 1);
          expect(wheel.size).toBe(waiting.length);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('has one timer of its clock while it holds any, and none when it is empty', () => {
    fc.assert(
      fc.property(anySteps(anyDelay), (steps) => {
        const clock = new SimulatedClock();
        const wheel = new TimerWheel(clock);
        play(steps, { clock, timers: wheel }, () =>
          expect(clock.pendingCount).toBe(wheel.size === 0 ? 0 : 1),
        );
      }),
    );
  });

  test('runs those of one millisecond in the order in which they were set, near or far', () => {
    const clock = new SimulatedClock();
    const wheel = new TimerWheel(clock);
    const rung: string[] = [];
    wheel.after(5_000, () => rung.push('set 5 s before'));
    clock.advance(4_000);
    wheel.after(1_000, () => rung.push('set 1 s before'));
    clock.advance(999);
    wheel.after(1, () => rung.push('set 1 ms before'));
    clock.advance(1);
    expect(rung).toEqual(['set 5 s before', 'set 1 s before', 'set 1 ms before']);
  });

  test('lets one that sets itself again at once wait a millisecond: others have their turn', () => {
    const clock = new SimulatedClock();
    const wheel = new TimerWheel(clock);
    let rung = 0;
    const again = () => {
      rung += 1;
      wheel.after(0, again);
    };
    again();
    clock.advance(10);
    expect(rung).toBe(11);
  });

  test('is not misled by a clock that lets a timer run a little early', () => {
    const clock = new SimulatedClock();
    const hasty: Clock = {
      now: () => clock.now(),
      elapsed: () => clock.elapsed(),
      after: (delayMs, task) => clock.after(Math.max(0.1, delayMs - 0.7), task),
    };
    const wheel = new TimerWheel(hasty);
    const rungAt: number[] = [];
    for (const delayMs of [1, 2, 50, 5_000])
      wheel.after(delayMs, () => rungAt.push(clock.elapsed()));
    clock.advance(6_000);
    expect(rungAt.map((at) => Math.floor(at))).toEqual([1, 2, 50, 5_000]);
  });

  test('fails as its clock does when a timer throws, and runs the others all the same', () => {
    const clock = new SimulatedClock();
    const wheel = new TimerWheel(clock);
    const rung: string[] = [];
    wheel.after(5, () => rung.push('before'));
    wheel.after(5, () => {
      throw new Error('a timer failed');
    });
    wheel.after(5, () => rung.push('behind'));
    wheel.after(9, () => rung.push('later'));
    expect(() => clock.advance(5)).toThrow('a timer failed');
    clock.advance(0);
    expect(rung).toEqual(['before', 'behind']);
    clock.advance(4);
    expect(rung).toEqual(['before', 'behind', 'later']);
    expect([wheel.size, clock.pendingCount]).toEqual([0, 0]);
  });

  test('forgets what is cancelled twice, or when it has run', () => {
    const clock = new SimulatedClock();
    const wheel = new TimerWheel(clock);
    const [timer, kept] = [new Silent(), new Silent()];
    wheel.set(5, timer);
    wheel.set(7, kept);
    clock.advance(5);
    wheel.cancel(timer);
    wheel.cancel(timer);
    expect(wheel.size).toBe(1);
    wheel.cancel(kept);
    expect([wheel.size, clock.pendingCount]).toEqual([0, 0]);
  });

  test('does not run one in the name of whoever set another', async () => {
    const whose = new AsyncLocalStorage<string>();
    const wheel = new TimerWheel(systemClock);
    const seen: (string | undefined)[] = [];
    await new Promise<void>((done) => {
      whose.run('a', () => wheel.after(2, () => seen.push(whose.getStore())));
      wheel.after(4, () => {
        seen.push(whose.getStore());
        done();
      });
    });
    expect(seen).toEqual([undefined, undefined]);
  });

  test('refuses a delay that has no end', () => {
    const wheel = new TimerWheel(new SimulatedClock());
    expect(() => wheel.after(Number.POSITIVE_INFINITY, () => {})).toThrow('at most 139 years away');
  });
});

describe('the work of a wheel', () => {
  /** A wheel, and how many timers of its clock it has taken. */
  function countedWheel() {
    const clock = new SimulatedClock();
    let taken = 0;
    let farthestMs = 0;
    const wheel = new TimerWheel({
      now: () => clock.now(),
      elapsed: () => clock.elapsed(),
      after: (delayMs, task) => {
        taken += 1;
        farthestMs = Math.max(farthestMs, delayMs);
        return clock.after(delayMs, task);
      },
    });
    return { clock, wheel, taken: () => taken, farthestMs: () => farthestMs };
  }

  test('to set and cancel later ones takes no timer of the clock, however many they are', () => {
    const { wheel, taken } = countedWheel();
    wheel.after(60_000, () => {});
    for (let n = 0; n < 10_000; n += 1) wheel.after(61_000, () => {})();
    expect(taken()).toBe(1);
  });

  test('for one that is far away is a few looks on the way to it', () => {
    const { wheel, clock, taken } = countedWheel();
    wheel.after(30 * 86_400_000 + 12_345, () => {});
    clock.advance(31 * 86_400_000);
    expect(wheel.size).toBe(0);
    expect(taken()).toBeLessThanOrEqual(7);
  });

  test('for one that is further away than a timer of Node can be, is a look more', () => {
    const { wheel, clock, taken, farthestMs } = countedWheel();
    const yearMs = 365 * 86_400_000;
    let rungAt = 0;
    wheel.after(yearMs, () => {
      rungAt = clock.elapsed();
    });
    clock.advance(2 * yearMs);
    expect(rungAt).toBe(yearMs);
    expect(farthestMs()).toBeLessThan(2 ** 31);
    expect(taken()).toBeLessThanOrEqual(30);
  });
});
