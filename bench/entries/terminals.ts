/** Many simulated terminals in a process of their own: the brokers of a benchmark, which share no event loop with the engine. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Bar } from '../../src/domain/bar.ts';
import { loadBars } from '../../src/market-data/bar-file.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { startTerminalSimulator } from '../../src/terminal-simulator/terminal-simulator.ts';
import type { SimulatedTerminal } from '../../src/threads/thread-data.ts';

/** What it says: that all terminals are up, or the processor time that it has taken so far. */
export type TerminalsNotice =
  | { readonly type: 'ready' }
  | { readonly type: 'cpu'; readonly cpuMs: number };

const say = (notice: TerminalsNotice) => process.send?.(notice);
process.on('message', (message: readonly SimulatedTerminal[] | 'cpu') => {
  if (message === 'cpu') {
    const { user, system } = process.cpuUsage();
    say({ type: 'cpu', cpuMs: (user + system) / 1_000 });
    return;
  }
  startAll(message).then(
    () => say({ type: 'ready' }),
    (error: unknown) => {
      throw error;
    },
  );
});
process.on('disconnect', () => process.exit());

async function startAll(terminals: readonly SimulatedTerminal[]): Promise<void> {
  const files = new Map<string, readonly Bar[]>();
  for (const { source, ...terminal } of terminals) {
    mkdirSync(dirname(terminal.booksPath), { recursive: true });
    if (source.kind === 'generator') {
      await startTerminalSimulator({ ...terminal, source, clock: systemClock });
      continue;
    }
    const { path, from, stepsMax } = source;
    const bars = files.get(path) ?? (await loadBars(path)).bars;
    files.set(path, bars);
    await startTerminalSimulator({
      ...terminal,
      source: { kind: 'bars', bars, from, ...(stepsMax !== undefined && { stepsMax }) },
      clock: systemClock,
    });
  }
}
