import { beforeEach, describe, expect, test } from 'vitest';
import { type Phase, PhasedShutdown } from './phased-shutdown.ts';
import { SimulatedClock } from './simulated-clock.ts';

let clock: SimulatedClock;
let ran: string[];

beforeEach(() => {
  clock = new SimulatedClock();
  ran = [];
});

function phase(name: string, run: (signal: AbortSignal) => Promise<void> | void = () => {}): Phase {
  const note = (signal: AbortSignal) => {
    ran.push(name);
    return run(signal);
  };
  return { name, withinMs: 100, run: note };
}

const hang = () => new Promise<void>(() => {});

describe('a shutdown in phases', () => {
  test('runs them one after the other', async () => {
    const shutdown = new PhasedShutdown({ phases: [phase('intake'), phase('close')], clock });
    const results = await shutdown.run('SIGTERM');
    expect(results.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['intake', 'done'],
      ['close', 'done'],
    ]);
    expect(clock.pendingCount).toBe(0);
  });

  test('goes on after a phase that throws, rejects or hangs, and takes at most the sum', async () => {
    const phases = [
      phase('throws', () => {
        throw new Error('disk full');
      }),
      phase('rejects', () => Promise.reject(new Error('port busy'))),
      phase('hangs', hang),
      phase('hangs, too', hang),
      phase('last'),
    ];
    const running = new PhasedShutdown({ phases, clock }).run('SIGTERM');
    await clock.advanceAsync(1_000);
    const results = await running;
    expect(results.map(({ outcome }) => outcome)).toEqual([
      'failed',
      'failed',
      'cut-off',
      'cut-off',
      'done',
    ]);
    expect(results[0]?.error?.message).toBe('disk full');
    expect(results.map(({ tookMs }) => tookMs)).toEqual([0, 0, 100, 100, 0]);
    expect(clock.pendingCount).toBe(0);
  });

  test('tells a phase that its time is over', async () => {
    let wasTold = false;
    const told = phase('slow', (signal) => {
      signal.addEventListener('abort', () => {
        wasTold = true;
      });
      return hang();
    });
    const running = new PhasedShutdown({ phases: [told], clock }).run('SIGTERM');
    await clock.advanceAsync(100);
    await running;
    expect(wasTold).toBe(true);
  });

  test('runs once, for the first reason, however often it is asked for', async () => {
    const shutdown = new PhasedShutdown({ phases: [phase('only')], clock });
    const results = await Promise.all([shutdown.run('SIGTERM'), shutdown.run('SIGINT')]);
    await shutdown.run('operator');
    expect(ran).toEqual(['only']);
    expect(results[0]).toBe(results[1]);
    expect(shutdown.reason).toBe('SIGTERM');
  });
});
