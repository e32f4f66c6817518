import type { Config } from '../config/config.ts';
import { UsageError } from '../config/usage-error.ts';
import { openReplay, type Replay } from './replay-file.ts';
import type { RunOptions } from './run.ts';

/** The file that this run plays, read and checked: as asked for, or as configured; undefined when markets are generated or real. */
export async function replayOf(
  options: RunOptions,
  config: Config,
  write: (line: string) => void,
): Promise<Replay | undefined> {
  const path = options.replay ?? fileOfSimulators(config);
  if (path === undefined) return undefined;
  const symbols = [
    ...new Set(Object.values(config.accounts).flatMap((account) => account.symbols)),
  ];
  const symbol = options.symbol ?? symbols[0] ?? '';
  const roundStep = config.ml.roundSteps[symbol];
  if (roundStep === undefined) {
    throw new UsageError(`ml_config.json: features.round_step has no value for ${symbol}`);
  }
  return openReplay({
    path,
    ...(options.from !== undefined && { from: options.from }),
    ...(options.bars !== undefined && { bars: options.bars }),
    roundStep,
    say: write,
  });
}

/** The file that every built-in simulator is told to play; undefined when they generate their market. */
function fileOfSimulators(config: Config): string | undefined {
  const used = new Set(
    Object.values(config.accounts).flatMap((account) =>
      account.isEnabled ? [account.terminalKey] : [],
    ),
  );
  const sources = Object.values(config.terminals).flatMap((terminal) =>
    used.has(terminal.key) && terminal.kind === 'simulator' ? [terminal.simulator.source] : [],
  );
  const [first, ...others] = new Set(sources);
  if (others.length > 0) {
    throw new UsageError(
      `terminals.json: the simulators play ${[first, ...others].join(' and ')}: all of them need the same source`,
    );
  }
  return first === 'generator' ? undefined : first;
}
