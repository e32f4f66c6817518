/** `novosky simulate`: the whole engine in one thread, under a simulated clock, with faults from seeds. */
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../runtime/clock.ts';
import { type Scenario, scenarioOf } from '../simulation/scenario.ts';
import { shrunk } from '../simulation/shrink.ts';
import { type SimulatedRun, simulate } from '../simulation/simulate.ts';
import { openStages, type Stage } from '../simulation/stages.ts';
import { simulateInProcesses } from './simulate-processes.ts';

export type SimulateOptions = {
  readonly seeds: number;
  readonly firstSeed: number;
  readonly jobs: number;
  readonly verbose: boolean;
};

/** What was played so far. */
export type SimulatedTotal = {
  readonly seeds: number;
  readonly steps: number;
  readonly accountDays: number;
};

const barDays = 1 / 96;
/** Every so many seeds it is said how it goes. */
const saidEvery = 100;
/** Fewer seeds than this are played sooner than a second process starts. */
const seedsPerJobMin = 20;

export function simulateCommand(): Command {
  return new Command('simulate')
    .description('Plays the whole engine under a simulated clock, with faults, seed after seed.')
    .option('--seeds <n>', 'how many', parseCount, 100)
    .option('--first-seed <n>', 'where to begin', parseCount, 1)
    .option('--jobs <n>', 'how many processes share the seeds', parseCount, availableParallelism())
    .option('--verbose', 'say what happens', false)
    .addHelpText(
      'after',
      `
A seed decides everything: accounts, delays, the order of all steps and the faults. The same seed is the same run:

  $ novosky simulate --seeds 1000
  $ novosky simulate --seeds 1 --first-seed 4711 --verbose

Exit code 1 when a rule was broken; the case is then shrunk to the fewest faults that still break it.`,
    )
    .action(async (options: SimulateOptions) => {
      const isSound = await run(options, (line) => process.stdout.write(`${line}\n`));
      if (!isSound) process.exitCode = 1;
    });
}

async function run(options: SimulateOptions, write: (line: string) => void): Promise<boolean> {
  const startedAt = systemClock.elapsed();
  let saidAt = 0;
  const say = ({ seeds, steps, accountDays }: SimulatedTotal) => {
    const seconds = (systemClock.elapsed() - startedAt) / 1_000;
    write(
      `${seeds} seeds in ${seconds.toFixed(1)} s: ${(seeds / seconds).toFixed(1)} seeds/s, ` +
        `${steps} steps, ${accountDays.toFixed(1)} simulated account days`,
    );
  };
  const onProgress = (total: SimulatedTotal) => {
    if (total.seeds < saidAt + saidEvery || total.seeds === options.seeds) return;
    saidAt = total.seeds;
    say(total);
  };
  const jobs = Math.min(options.jobs, Math.floor(options.seeds / seedsPerJobMin));
  const isForked = process.send !== undefined;
  const play = jobs > 1 && !isForked && !options.verbose ? simulateInProcesses : simulateSeeds;
  // Whoever has started this one adds up what all of them say.
  const told = isForked ? (total: SimulatedTotal) => process.send?.(total) : onProgress;
  const { isSound, total } = await play({ ...options, jobs }, write, told);
  if (!isForked) say(total);
  return isSound;
}

/** Ends at the first seed that breaks a rule. */
async function simulateSeeds(
  { seeds, firstSeed, verbose }: SimulateOptions,
  write: (line: string) => void,
  onProgress: (total: SimulatedTotal) => void,
): Promise<{ readonly isSound: boolean; readonly total: SimulatedTotal }> {
  const stages = openStages();
  let total: SimulatedTotal = { seeds: 0, steps: 0, accountDays: 0 };
  for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
    const scenario = scenarioOf(seed);
    const played = await simulate(scenario, stages, verbose ? write : undefined);
    total = {
      seeds: total.seeds + 1,
      steps: total.steps + played.steps,
      accountDays: total.accountDays + played.bars * scenario.accounts.length * barDays,
    };
    onProgress(total);
    if (played.violations.length === 0) continue;
    await explain(scenario, played, stages, write);
    return { isSound: false, total };
  }
  return { isSound: true, total };
}

async function explain(
  scenario: Scenario,
  run: SimulatedRun,
  stages: readonly Stage[],
  write: (line: string) => void,
): Promise<void> {
  write(`seed ${scenario.seed} breaks a rule, with ${scenario.troubles.length} faults:`);
  for (const { account, rule, detail } of run.violations) write(`  ${account}: ${rule}: ${detail}`);
  const fewest = await shrunk(scenario, stages);
  write(`the fewest faults that break one (${fewest.troubles.length}):`);
  for (const trouble of fewest.troubles) write(`  ${JSON.stringify(trouble)}`);
  await simulate(fewest, stages, write);
  write(`again: novosky simulate --seeds 1 --first-seed ${scenario.seed} --verbose`);
}

function parseCount(text: string): number {
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new InvalidArgumentError('It must be a whole number, 0 or above.');
}
