import type { EngineEvent } from '../actors/observer.ts';
import { createWallTime, type WallTimeMessage } from '../actors/wall-time.ts';
import { httpSimulationControl } from '../brokers/simulation/http-control.ts';
import { timeframeMs } from '../domain/bar.ts';
import { type ActorChild, actorChild } from '../runtime/actor-child.ts';
import type { Clock } from '../runtime/clock.ts';
import type { RunPlan } from './run-plan.ts';

/** Undefined where no built-in simulator stands beside a real terminal: then there is nothing to move. */
export function wallTimeChild(
  { simulators, timeframe, lockstep }: RunPlan,
  clock: Clock,
  observe: (event: EngineEvent) => void,
): ActorChild<WallTimeMessage> | undefined {
  if (lockstep !== undefined || simulators.length === 0) return undefined;
  const terminals = simulators.map(({ key, controlUrl, controlToken }) => ({
    key,
    control: httpSimulationControl({ url: controlUrl, token: controlToken, clock }),
  }));
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
