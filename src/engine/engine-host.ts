import { availableParallelism } from 'node:os';
import { httpSimulationControl } from '../brokers/simulation/http-control.ts';
import type { SimulationControl } from '../brokers/simulation-control.ts';
import type { Clock } from '../runtime/clock.ts';
import { startProcess } from '../runtime/process.ts';
import type { Channel } from '../runtime/switchboard.ts';
import type { StartThread } from '../runtime/thread.ts';
import { connectTerminal } from '../threads/terminal-connection.ts';
import { type FleetOrderStore, fleetOrderFiles } from './fleet-orders.ts';
import { type QuarantineStore, quarantineFiles } from './quarantine.ts';
import type { MovedTerminal } from './run-plan.ts';

/** What the engine stands on: threads, the lines between them, and the way to terminals that can be moved. */
export type EngineHost = {
  /** Default: threads of Node, `MessageChannel`, turns by `setImmediate`. */
  readonly startThread?: StartThread;
  /** The same for those that shall run in a process of their own. */
  readonly startProcess?: StartThread;
  readonly openChannel?: () => Channel;
  readonly schedule?: (turn: () => void) => void;
  readonly simulationControl: (simulator: MovedTerminal, clock: Clock) => SimulationControl;
  /** When a thread counts as hung. Undefined where threads have no pulse. */
  readonly hang?: { readonly everyMs: number; readonly looksMax: number };
  /** Threads that can run at the same time. */
  readonly cores: number;
  readonly quarantines: QuarantineStore;
  /** Where what was said to the whole fleet is kept; undefined: as long as the process lives. */
  readonly fleetOrders?: FleetOrderStore;
  /** The way to the broker of an account that does not run. */
  readonly connect: typeof connectTerminal;
};

export const thisHost: EngineHost = {
  startProcess,
  simulationControl: ({ controlUrl, controlToken }, clock) =>
    httpSimulationControl({ url: controlUrl, token: controlToken, clock }),
  // A flush to disk may take a second on a cheap host.
  hang: { everyMs: 250, looksMax: 8 },
  cores: availableParallelism(),
  quarantines: quarantineFiles,
  fleetOrders: fleetOrderFiles,
  connect: connectTerminal,
};
