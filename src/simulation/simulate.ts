import type { Violation } from './account-audit.ts';
import type { Scenario } from './scenario.ts';
import { compareSiblings, siblingsOf, type Verdicts } from './siblings.ts';
import { SimulatedWorld } from './simulated-world.ts';
import type { Stage } from './stages.ts';
import type { Trouble } from './trouble.ts';

export type SimulatedRun = {
  readonly violations: readonly Violation[];
  readonly steps: number;
  readonly bars: number;
  /** On the simulated clock. */
  readonly elapsedMs: number;
};

/** No run needs more: after this much, something waits for what never comes. */
const elapsedMaxMs = 6 * 3_600_000;
const stepsMax = 400_000;
/** Time that everything still under way gets at the end. */
const stopMs = 120_000;
/** Longer than a bar that was asked for once more is on its way through four threads, each of its letters the slowest. */
const mailMs = 30_000;
/** When nothing goes wrong any more, all comes to rest within this time: back-offs, people, slow starts. */
const restMs = 400_000;

/** Plays a scenario to its end, or to its first violation. The same scenario is played the same way, always. */
export async function simulate(
  scenario: Scenario,
  stages: readonly Stage[],
  say: (line: string) => void = () => {},
): Promise<SimulatedRun> {
  const { run, verdicts } = await simulateOnce(scenario, stages, say);
  const siblings = siblingsOf(scenario);
  if (run.violations.length > 0 || siblings.length === 0) return run;
  const calm = await simulateOnce({ ...scenario, troubles: [] }, stages, () => {});
  const violations = [...calm.run.violations];
  const both = { real: verdicts, calm: calm.verdicts };
  compareSiblings(siblings, both, (violation) => violations.push(violation));
  return { ...run, violations, steps: run.steps + calm.run.steps };
}

async function simulateOnce(
  scenario: Scenario,
  stages: readonly Stage[],
  say: (line: string) => void,
): Promise<{ readonly run: SimulatedRun; readonly verdicts: Verdicts }> {
  const stage = stages[Math.floor(scenario.stage * stages.length)];
  if (stage === undefined) throw new Error('there is no stage to play on');
  const lines = (line: string) => say(`${world.scheduler.clock.elapsed().toFixed(0)} ms  ${line}`);
  const world: SimulatedWorld = new SimulatedWorld(scenario, stage, (line) => lines(line));
  const noteUnheard = (error: unknown) =>
    world.report({ rule: 'an error reached nobody', account: '', detail: String(error) });
  process.on('unhandledRejection', noteUnheard);
  try {
    await play(world, scenario);
    const run = {
      violations: world.violations,
      steps: world.scheduler.steps,
      bars: world.step,
      elapsedMs: world.scheduler.clock.elapsed(),
    };
    return { run, verdicts: (account) => world.verdictsOf(account) };
  } finally {
    world.close();
    process.off('unhandledRejection', noteUnheard);
  }
}

async function play(world: SimulatedWorld, scenario: Scenario): Promise<void> {
  const due = troublesOf(scenario.troubles);
  let bar = { bar: 0, steps: 0, ms: 0 };
  while (!world.isFinished && world.violations.length === 0) {
    const { steps, clock } = world.scheduler;
    const ms = clock.elapsed();
    if (world.step !== bar.bar) bar = { bar: world.step, steps, ms };
    const troubles = due({ bar, order: world.order, steps, ms });
    for (const trouble of troubles) world.happen(trouble);
    if (troubles.length > 0) await world.scheduler.settle();
    if (!(await goesOn(world))) return;
  }
  if (world.violations.length === 0) await end(world, scenario);
}

/** Hands out each trouble once: when its bar or a later one has closed, or an order has left since, so long ago. */
function troublesOf(troubles: readonly Trouble[]): (now: Moment) => readonly Trouble[] {
  let waiting = troubles;
  return (now) => {
    const due = waiting.filter((trouble) => isDue(trouble, now));
    if (due.length > 0) waiting = waiting.filter((each) => !due.includes(each));
    return due;
  };
}

function isDue({ bar, since, afterSteps, afterMs }: Trouble, now: Moment): boolean {
  if (bar > now.bar.bar) return false;
  if (since === 'bar' && now.bar.bar > bar) return true;
  const origin = since === 'bar' ? now.bar : now.order;
  if (origin === undefined || origin.bar < bar) return false;
  return now.steps - origin.steps >= afterSteps && now.ms - origin.ms >= afterMs;
}

/** When a bar closed or an order left. */
export type Origin = { readonly bar: number; readonly steps: number; readonly ms: number };
type Moment = {
  readonly bar: Origin;
  readonly order: Origin | undefined;
  readonly steps: number;
  readonly ms: number;
};

async function end(world: SimulatedWorld, { pollMs }: Scenario): Promise<void> {
  world.heal();
  if (!(await comesToRest(world))) return;
  if (pollMs === undefined) await auditTheMail(world);
  await auditTheLedger(world);
  let isDown = false;
  void world.stop().then(() => {
    isDown = true;
  });
  await world.scheduler.settle();
  const until = world.scheduler.clock.elapsed() + stopMs;
  while (!isDown) {
    if (!(await goesOn(world, until))) return;
  }
  world.auditTheEnd();
}

/** When the slowest letter has come, none is missing; one that was sent meanwhile gets its time, too. */
async function auditTheMail(world: SimulatedWorld): Promise<void> {
  const { scheduler } = world;
  const { clock } = scheduler;
  const until = clock.elapsed() + mailMs;
  const mayCome = () =>
    clock.elapsed() < until || (world.isMailUnderWay && clock.elapsed() < until + mailMs);
  let isAnything = true;
  while (isAnything && mayCome()) isAnything = await scheduler.step();
  world.auditTheMail();
  world.auditTheTimers();
}

async function auditTheLedger(world: SimulatedWorld): Promise<void> {
  const probe = world.probeTheLedger();
  if (probe === undefined) return;
  const until = world.scheduler.clock.elapsed() + mailMs;
  while (!probe.isAnswered()) {
    if (!(await goesOn(world, until))) return;
  }
  probe.judge();
}

async function comesToRest(world: SimulatedWorld): Promise<boolean> {
  const until = world.scheduler.clock.elapsed() + restMs;
  while (!world.isAtRest) {
    if (world.scheduler.clock.elapsed() > until) {
      const detail = `${restMs / 1_000} s after the last trouble: ${world.describe()}`;
      world.report({ rule: 'somebody does not run', account: '', detail });
      return false;
    }
    if (!(await goesOn(world, until + restMs))) return false;
  }
  return true;
}

/** One step more, if there is one and the run has not taken too long. */
async function goesOn(world: SimulatedWorld, until = elapsedMaxMs): Promise<boolean> {
  const { scheduler } = world;
  const isLate = scheduler.clock.elapsed() > until || scheduler.steps > stepsMax;
  if (!isLate && (await scheduler.step())) return true;
  const why = isLate ? 'it takes too long' : 'nothing will ever happen again';
  world.report({
    rule: 'the run does not end',
    account: '',
    detail: `${why}: ${world.describe()}`,
  });
  return false;
}
