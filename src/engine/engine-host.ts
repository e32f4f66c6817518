import { httpSimulationControl } from '../brokers/simulation/http-control.ts';
import type { SimulationControl } from '../brokers/simulation-control.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Channel } from '../runtime/switchboard.ts';
import type { startThread } from '../runtime/thread.ts';
import type { MovedTerminal } from './run-plan.ts';

/** What the engine stands on: threads, the lines between them, and the way to terminals that can be moved. */
export type EngineHost = {
  /** Default: threads of Node, `MessageChannel`, turns by `setImmediate`. */
  readonly startThread?: typeof startThread;
  readonly openChannel?: () => Channel;
  readonly schedule?: (turn: () => void) => void;
  readonly simulationControl: (simulator: MovedTerminal, clock: Clock) => SimulationControl;
};

export const thisHost: EngineHost = {
  simulationControl: ({ controlUrl, controlToken }, clock) =>
    httpSimulationControl({ url: controlUrl, token: controlToken, clock }),
};
