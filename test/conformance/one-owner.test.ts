import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { errorFacts, errorSentence } from '../../src/runtime/error-facts.ts';
import { SimulatedClock } from '../../src/runtime/simulated-clock.ts';
import {
  type SupervisionEvent,
  Supervisor,
  type SupervisorOptions,
} from '../../src/runtime/supervisor.ts';
import { threadChild } from '../../src/runtime/thread-child.ts';
import type { OwnerData } from '../fixtures/owner-thread.ts';

let locks: string;
const supervisors: Supervisor[] = [];

beforeEach(() => {
  locks = mkdtempSync(join(tmpdir(), 'novosky-owner-'));
});

afterEach(async () => {
  await Promise.all(supervisors.splice(0).map((supervisor) => supervisor.stop(20_000)));
  rmSync(locks, { recursive: true });
});

function owner(changes: Partial<SupervisorOptions> = {}) {
  const { clock = systemClock } = changes;
  const thread = threadChild({
    id: 'owner',
    entry: new URL('../fixtures/owner-thread.ts', import.meta.url),
    workerData: { locks } satisfies OwnerData,
    restart: 'permanent',
    startMs: 60_000,
    shutdownMs: 2_000,
    callMs: 60_000,
    canTerminate: true,
    clock,
    onReady: () => {},
  });
  const supervisor = new Supervisor({
    id: 'root',
    strategy: 'one-for-one',
    intensity: { restartsMax: 1_000, windowMs: 3_600_000 },
    backoff: { immediate: 0, minMs: 1_000, maxMs: 1_000, jitter: 0, resetAfterMs: 3_600_000 },
    children: [thread],
    clock,
    random: () => 0,
    onEvent: () => {},
    ...changes,
  });
  supervisors.push(supervisor);
  return { thread, supervisor };
}

test('of several threads that want one name at the same time one gets it, and the others hear who has it', async () => {
  const starts = Array.from({ length: 5 }, () => owner().supervisor.start());
  const outcomes = await Promise.allSettled(starts);
  const refusals = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [errorSentence(errorFacts(outcome.reason))] : [],
  );
  expect(refusals).toHaveLength(4);
  for (const refusal of refusals) expect(refusal).toContain('solo is already traded by another');
});

/** It is terminated before it has begun when others have both cores for a moment. */
const busyMachine = { retry: 5 };

test(
  'a thread stuck in native code is reported, and keeps its name until it is gone; its successor waits',
  busyMachine,
  async () => {
    const clock = new SimulatedClock();
    const forced: SupervisionEvent[] = [];
    const refused: string[] = [];
    const onEvent = (event: SupervisionEvent) => {
      if (event.type === 'child-stop-forced') forced.push(event);
      if (event.type !== 'child-restarting') return;
      refused.push(event.reason);
      // A decision is not interrupted: its timer is set when it is over.
      if (event.delayMs > 0) setImmediate(() => clock.advance(event.delayMs));
    };
    const { thread, supervisor } = owner({ clock, onEvent });
    await supervisor.start();
    await thread.control()?.harm('native-stall', undefined, 2_500);
    // Nothing tells that native code has begun: it has had the core by now.
    await new Promise<void>((resolve) => systemClock.after(300, resolve));
    const restarted = supervisor.restartChild('owner', 'test');
    // Its time to stop, and then that to be killed.
    await clock.advanceAsync(2_000);
    await clock.advanceAsync(5_000);
    await restarted;
    expect(forced).toMatchObject([{ id: 'owner', epoch: 1, result: 'abandoned' }]);
    const [, ...attempts] = refused;
    expect(attempts.length).toBeGreaterThan(0);
    for (const reason of attempts) expect(reason).toContain('already traded by another');
    const { epoch } = supervisor.child('owner');
    expect(epoch).toBe(2 + attempts.length);
    // The second to own it, whatever number of attempts that took.
    expect(await thread.control()?.tree()).toMatchObject({ epoch: 2 });
  },
);
