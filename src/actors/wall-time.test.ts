import { describe, expect, test } from 'vitest';
import type { SimulationControl } from '../brokers/simulation-control.ts';
import { epochMs } from '../domain/units.ts';
import { actorChild } from '../runtime/actor-child.ts';
import { SimulatedClock } from '../runtime/simulated-clock.ts';
import { createWallTime, type WallTimeMessage } from './wall-time.ts';

const barMs = 900_000;

/** A terminal that only counts its steps, and fails while it is told to. */
function aTerminal(stepsMax?: number) {
  const terminal = { step: 5, isDown: false };
  const state = async () => {
    if (terminal.isDown) throw new Error('nobody answers');
    const times = { lastBarTime: epochMs(0), now: epochMs(0) };
    return { step: terminal.step, ...(stepsMax !== undefined && { stepsMax }), ...times };
  };
  const control: SimulationControl = {
    state,
    advance: async (step) => {
      terminal.step = Math.max(terminal.step, step);
      return state();
    },
  };
  return { terminal, control };
}

async function started(controls: readonly SimulationControl[]) {
  const clock = new SimulatedClock(0);
  const failures: string[] = [];
  const child = actorChild<WallTimeMessage>({
    id: 'wall-time',
    restart: 'permanent',
    shutdownMs: 1_000,
    startMs: 1_000,
    clock,
    mailbox: { capacity: 10, overflow: 'drop-oldest' },
    onDeadLetter: () => {},
    schedule: queueMicrotask,
    start: ({ self, signal }) =>
      createWallTime({
        terminals: () => controls.map((control, index) => ({ key: `terminal-${index}`, control })),
        ...{ barMs, clock, self, signal },
        onFailure: (terminal, reason) => failures.push(`${terminal}: ${reason}`),
      }),
  });
  const running = await child.start({ epoch: 1, signal: new AbortController().signal });
  return { clock, failures, running };
}

describe('wall time', () => {
  test('closes one bar of every simulator when the length of a bar has passed', async () => {
    const [one, other] = [aTerminal(), aTerminal()];
    const { clock } = await started([one.control, other.control]);
    await clock.advanceAsync(barMs - 1);
    expect([one.terminal.step, other.terminal.step]).toEqual([5, 5]);
    await clock.advanceAsync(1);
    await clock.advanceAsync(2 * barMs);
    expect([one.terminal.step, other.terminal.step]).toEqual([8, 8]);
  });

  test('goes on with the others while one is down, and with that one when it is back', async () => {
    const [one, other] = [aTerminal(), aTerminal()];
    const { clock, failures } = await started([one.control, other.control]);
    one.terminal.isDown = true;
    await clock.advanceAsync(barMs);
    one.terminal.isDown = false;
    await clock.advanceAsync(barMs);
    expect([one.terminal.step, other.terminal.step]).toEqual([6, 7]);
    expect(failures).toEqual(['terminal-0: nobody answers']);
  });

  test('leaves a replay at its end', async () => {
    const { terminal, control } = aTerminal(6);
    const { clock, failures } = await started([control]);
    await clock.advanceAsync(4 * barMs);
    expect(terminal.step).toBe(6);
    expect(failures).toEqual([]);
  });

  test('leaves no timer behind when it is stopped', async () => {
    const { clock, running } = await started([aTerminal().control]);
    await running.stop(1_000);
    expect(clock.pendingCount).toBe(0);
  });
});
