import { beforeEach, describe, expect, test } from 'vitest';
import type { DeadLetter } from './dead-letters.ts';
import { LimitedReport } from './limited-report.ts';
import { SimulatedClock } from './simulated-clock.ts';

let clock: SimulatedClock;
let told: string[];
let reporter: LimitedReport<DeadLetter>;

beforeEach(() => {
  clock = new SimulatedClock();
  told = [];
  reporter = new LimitedReport({
    toldMax: 3,
    windowMs: 1_000,
    clock,
    tell: ({ reason }) => told.push(reason),
    tellKeptBack: (count) => told.push(`and ${count} more`),
  });
});

function report(times: number): void {
  const letter = { to: 'account', message: 'tick', reason: 'stopped' } as const;
  for (let n = 0; n < times; n += 1) reporter.report(letter);
}

describe('a flood of dead letters', () => {
  test('is told up to its limit, and then in one number', () => {
    report(1_000);
    clock.advance(1_000);
    expect(told).toEqual(['stopped', 'stopped', 'stopped', 'and 997 more']);
    expect(clock.pendingCount).toBe(0);
  });

  test('that is over is followed by a new window', () => {
    report(4);
    clock.advance(1_000);
    report(2);
    clock.advance(1_000);
    expect(told.slice(4)).toEqual(['stopped', 'stopped']);
  });

  test('is told to its end when there is no more time', () => {
    report(5);
    reporter.close();
    reporter.close();
    expect(told.at(-1)).toBe('and 2 more');
    expect(clock.pendingCount).toBe(0);
  });
});
