import type { EngineEvent } from '../actors/observer.ts';
import { createWallTime, type WallTimeMessage } from '../actors/wall-time.ts';
import { timeframeMs } from '../domain/bar.ts';
import { type ActorChild, actorChild } from '../runtime/actor-child.ts';
import type { Clock } from '../runtime/clock.ts';
import type { RunPlan } from './run-plan.ts';

/** Moves the built-in simulators that stand beside real terminals. Undefined where market time does. */
export function wallTimeChild(
  { timeframe, lockstep }: RunPlan,
  means: {
    readonly clock: Clock;
    /** Asked at every bar. */
    readonly terminals: Parameters<typeof createWallTime>[0]['terminals'];
    readonly observe: (event: EngineEvent) => void;
  },
): ActorChild<WallTimeMessage> | undefined {
  if (lockstep !== undefined) return undefined;
  const { clock, terminals, observe } = means;
  return actorChild<WallTimeMessage>({
    id: 'wall-time',
    restart: 'permanent',
    shutdownMs: 5_000,
    startMs: 5_000,
    clock,
    mailbox: { capacity: 10, overflow: 'drop-oldest' },
    onDeadLetter: () => {},
    start: ({ self, signal }) =>
      createWallTime({
        ...{ terminals, barMs: timeframeMs[timeframe], clock, self, signal },
        onFailure: (terminal, reason) => observe({ type: 'terminal-failing', terminal, reason }),
      }),
  });
}
