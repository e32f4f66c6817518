/** Composition root of the terminals thread: the built-in simulators, each a broker of its own behind HTTP. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Bar } from '../domain/bar.ts';
import { loadBars } from '../market-data/bar-file.ts';
import type { Clock } from '../runtime/clock.ts';
import {
  startTerminalSimulator,
  type TerminalSimulator,
} from '../terminal-simulator/terminal-simulator.ts';
import type { ActorThread, ThreadMeans } from './actor-thread.ts';
import type { SimulatedTerminal, TerminalsThreadData } from './thread-data.ts';

export async function terminalsThread({
  data,
  clock,
}: ThreadMeans<TerminalsThreadData>): Promise<ActorThread> {
  const files = new Map<string, readonly Bar[]>();
  const running: TerminalSimulator[] = [];
  const release = async () => {
    for (const simulator of running) await simulator.close();
  };
  try {
    for (const terminal of data.terminals) {
      running.push(await startSimulator(terminal, files, clock));
    }
  } catch (error) {
    await release();
    throw error;
  }
  return { actors: [], release };
}

/** @param files those already read: terminals of one replay share its bars */
async function startSimulator(
  terminal: SimulatedTerminal,
  files: Map<string, readonly Bar[]>,
  clock: Clock,
): Promise<TerminalSimulator> {
  const { source, ...options } = terminal;
  mkdirSync(dirname(terminal.booksPath), { recursive: true });
  if (source.kind === 'generator') return startTerminalSimulator({ ...options, source, clock });
  const bars = files.get(source.path) ?? (await loadBars(source.path)).bars;
  files.set(source.path, bars);
  const { from, stepsMax } = source;
  return startTerminalSimulator({
    ...options,
    source: { kind: 'bars', bars, from, ...(stepsMax !== undefined && { stepsMax }) },
    clock,
  });
}
