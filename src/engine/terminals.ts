/** The built-in simulators of a run: one thread for those it began with, one for each that joins later. */
import type { MarketTimeMessage, SteppedTerminal } from '../actors/market-time.ts';
import type { SimulationControl } from '../brokers/simulation-control.ts';
import type { ChildSpec } from '../runtime/child-spec.ts';
import type { Clock } from '../runtime/clock.ts';
import { within } from '../runtime/deadline.ts';
import type { Supervisor } from '../runtime/supervisor.ts';
import type { EngineHost } from './engine-host.ts';
import { terminalsThread } from './engine-threads.ts';
import type { RunPlan } from './run-plan.ts';
import type { ThreadFleet } from './thread-fleet.ts';

/** A replay of years is played in less. */
const advanceWithinMs = 60_000;

export type TerminalsOptions = {
  readonly plan: RunPlan;
  readonly host: EngineHost;
  readonly fleet: ThreadFleet;
  readonly clock: Clock;
  /** The supervisor above their threads. */
  readonly group: () => Supervisor | undefined;
  /** Whoever moves them hears of it. */
  readonly onChange: (
    message: Extract<MarketTimeMessage, { type: 'terminal-joined' | 'terminal-left' }>,
  ) => void;
};

export class Terminals {
  readonly #options: TerminalsOptions;
  readonly #controls: Map<string, SimulationControl>;

  constructor(options: TerminalsOptions) {
    this.#options = options;
    const { plan, host, clock } = options;
    const moved = plan.lockstep?.terminals ?? plan.simulators;
    this.#controls = new Map(
      moved.map((terminal) => [terminal.key, host.simulationControl(terminal, clock)]),
    );
  }

  /** Those whose time is moved. */
  get moved(): readonly SteppedTerminal[] {
    return [...this.#controls].map(([key, control]) => ({ key, control }));
  }

  /** The thread that a run begins with, if it has simulators. */
  specs(): readonly ChildSpec[] {
    const { plan, fleet } = this.#options;
    if (plan.simulators.length === 0) return [];
    return [fleet.child(terminalsThread('terminals', plan.simulators))];
  }

  /** When this resolves it serves, and in lockstep stands where the others do. */
  async add(simulator: RunPlan['simulators'][number], signal: AbortSignal): Promise<void> {
    const { plan, host, fleet, clock, group, onChange } = this.#options;
    const { key } = simulator;
    if (this.#controls.has(key)) return;
    const thread = terminalsThread(threadOf(key), [simulator]);
    await group()?.addChild(fleet.child(thread));
    const control = host.simulationControl(simulator, clock);
    try {
      if (plan.lockstep) {
        await within(advanceWithinMs, clock, signal, (limit) => this.#catchUp(control, limit));
      }
    } catch (error) {
      await this.#stop(key);
      throw error;
    }
    this.#controls.set(key, control);
    onChange({ type: 'terminal-joined', terminal: { key, control } });
  }

  /** Does nothing to one that the run began with: its thread serves others, too. */
  async remove(key: string): Promise<void> {
    const { fleet, onChange } = this.#options;
    if (fleet.find(threadOf(key)) === undefined) return;
    this.#controls.delete(key);
    onChange({ type: 'terminal-left', key });
    await this.#stop(key);
  }

  async #stop(key: string): Promise<void> {
    const { fleet, group } = this.#options;
    await group()?.removeChild(threadOf(key));
    fleet.forget(threadOf(key));
  }

  async #catchUp(control: SimulationControl, signal: AbortSignal): Promise<void> {
    const states = await Promise.all(this.moved.map((other) => other.control.state(signal)));
    await control.advance(Math.max(0, ...states.map(({ step }) => step)), signal);
  }
}

function threadOf(key: string): string {
  return `terminals:${key}`;
}
