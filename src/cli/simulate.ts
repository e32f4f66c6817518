/** `novosky simulate`: the whole engine in one thread, under a simulated clock, with faults from seeds. */
import { Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../runtime/clock.ts';
import { type Scenario, scenarioOf } from '../simulation/scenario.ts';
import { type SimulatedRun, simulate } from '../simulation/simulate.ts';
import { openStages, type Stage } from '../simulation/stages.ts';

type SimulateOptions = {
  readonly seeds: number;
  readonly firstSeed: number;
  readonly verbose: boolean;
};

const barDays = 1 / 96;

export function simulateCommand(): Command {
  return new Command('simulate')
    .description('Plays the whole engine under a simulated clock, with faults, seed after seed.')
    .option('--seeds <n>', 'how many', parseCount, 100)
    .option('--first-seed <n>', 'where to begin', parseCount, 1)
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
      const isSound = await simulateSeeds(options, (line) => process.stdout.write(`${line}\n`));
      if (!isSound) process.exitCode = 1;
    });
}

/** False at the first seed that breaks a rule. */
async function simulateSeeds(
  { seeds, firstSeed, verbose }: SimulateOptions,
  write: (line: string) => void,
): Promise<boolean> {
  const stages = openStages();
  const startedAt = systemClock.elapsed();
  const total = { seeds: 0, steps: 0, accountDays: 0 };
  const sum = () => {
    const seconds = (systemClock.elapsed() - startedAt) / 1_000;
    write(
      `${total.seeds} seeds in ${seconds.toFixed(1)} s: ${(total.seeds / seconds).toFixed(1)} seeds/s, ` +
        `${total.steps} steps, ${total.accountDays.toFixed(1)} simulated account days`,
    );
  };
  for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
    const scenario = scenarioOf(seed);
    const run = await simulate(scenario, stages, verbose ? write : undefined);
    total.seeds += 1;
    total.steps += run.steps;
    total.accountDays += run.bars * scenario.accounts.length * barDays;
    if (run.violations.length > 0) {
      await explain(scenario, run, stages, write);
      sum();
      return false;
    }
    if (total.seeds % 100 === 0 && total.seeds < seeds) sum();
  }
  sum();
  return true;
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

/** Leaves out one fault after the other, while a rule is still broken. */
async function shrunk(scenario: Scenario, stages: readonly Stage[]): Promise<Scenario> {
  for (const trouble of scenario.troubles) {
    const fewer = { ...scenario, troubles: scenario.troubles.filter((each) => each !== trouble) };
    const { violations } = await simulate(fewer, stages);
    if (violations.length > 0) return shrunk(fewer, stages);
  }
  return scenario;
}

function parseCount(text: string): number {
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new InvalidArgumentError('It must be a whole number, 0 or above.');
}
