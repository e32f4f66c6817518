/** The brokers of a chaos run: terminal simulators behind real HTTP, in the process that survives the engine. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Bar } from '../domain/bar.ts';
import type { RunPlan } from '../engine/run-plan.ts';
import { loadBars } from '../market-data/bar-file.ts';
import type { Clock } from '../runtime/clock.ts';
import {
  startTerminalSimulator,
  type TerminalSimulator,
  type TerminalSimulatorOptions,
  type TerminalWatch,
} from '../terminal-simulator/terminal-simulator.ts';
import type { SimulatedTerminal } from '../threads/thread-data.ts';
import type { OuterTerminal } from './engine-protocol.ts';

export type Terminals = {
  readonly outer: readonly OuterTerminal[];
  close(): Promise<void>;
};

/** Starts what the plan of a run calls its built-in simulators. Whatever happens to one is told to its watch. */
export async function startTerminals(
  { simulators }: RunPlan,
  clock: Clock,
  watchOf: (terminal: string) => TerminalWatch,
): Promise<Terminals> {
  const running: TerminalSimulator[] = [];
  const close = async () => {
    for (const simulator of running) await simulator.close();
  };
  const files = new Map<string, readonly Bar[]>();
  try {
    const outer: OuterTerminal[] = [];
    for (const simulator of simulators) {
      mkdirSync(dirname(simulator.booksPath), { recursive: true });
      const source = await sourceOf(simulator, files);
      const watch = watchOf(simulator.key);
      const started = await startTerminalSimulator({ ...simulator, source, clock, watch });
      running.push(started);
      const { key, token, controlToken } = simulator;
      outer.push({ key, token, controlToken, url: started.url, controlUrl: started.controlUrl });
    }
    return { outer, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function sourceOf(
  { source }: SimulatedTerminal,
  files: Map<string, readonly Bar[]>,
): Promise<TerminalSimulatorOptions['source']> {
  if (source.kind === 'generator') return source;
  const bars = files.get(source.path) ?? (await loadBars(source.path)).bars;
  files.set(source.path, bars);
  const { from, stepsMax } = source;
  return { kind: 'bars', bars, from, ...(stepsMax !== undefined && { stepsMax }) };
}
