import type { Violation } from './account-audit.ts';
import type { Scenario, Trouble } from './scenario.ts';
import { SimulatedWorld } from './simulated-world.ts';
import type { Stage } from './stages.ts';

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

/** Plays a scenario to its end, or to its first violation. The same scenario is played the same way, always. */
export async function simulate(
  scenario: Scenario,
  stages: readonly Stage[],
  say: (line: string) => void = () => {},
): Promise<SimulatedRun> {
  const stage = stages[Math.floor(scenario.stage * stages.length)];
  if (stage === undefined) throw new Error('there is no stage to play on');
  const lines = (line: string) => say(`${world.scheduler.clock.elapsed().toFixed(0)} ms  ${line}`);
  const world: SimulatedWorld = new SimulatedWorld(scenario, stage, (line) => lines(line));
  const noteUnheard = (error: unknown) =>
    world.report({ rule: 'an error reached nobody', account: '', detail: String(error) });
  process.on('unhandledRejection', noteUnheard);
  try {
    await play(world, scenario);
    return {
      violations: world.violations,
      steps: world.scheduler.steps,
      bars: world.step,
      elapsedMs: world.scheduler.clock.elapsed(),
    };
  } finally {
    world.close();
    process.off('unhandledRejection', noteUnheard);
  }
}

async function play(world: SimulatedWorld, { troubles }: Scenario): Promise<void> {
  const due = troublesOf(troubles);
  let bar = { bar: 0, steps: 0 };
  while (!world.isFinished && world.violations.length === 0) {
    const { steps } = world.scheduler;
    if (world.step !== bar.bar) bar = { bar: world.step, steps };
    for (const trouble of due({ bar, order: world.order, steps })) world.happen(trouble);
    if (!(await goesOn(world))) return;
  }
  if (world.violations.length === 0) await end(world);
}

/** Hands out each trouble once: when its bar or a later one has closed, or an order has left since, so many steps ago. */
function troublesOf(troubles: readonly Trouble[]): (now: Moment) => readonly Trouble[] {
  let waiting = troubles;
  return ({ bar, order, steps }) => {
    const isDue = (each: Trouble) => {
      if (each.bar > bar.bar) return false;
      const origin = each.since === 'bar' ? bar : order;
      if (origin === undefined || origin.bar < each.bar) return false;
      const isPast = each.since === 'bar' && bar.bar > each.bar;
      return isPast || steps - origin.steps >= each.afterSteps;
    };
    const due = waiting.filter(isDue);
    if (due.length > 0) waiting = waiting.filter((each) => !due.includes(each));
    return due;
  };
}

type Origin = { readonly bar: number; readonly steps: number };
type Moment = { readonly bar: Origin; readonly order: Origin | undefined; readonly steps: number };

async function end(world: SimulatedWorld): Promise<void> {
  let isDown = false;
  void world.stop().then(() => {
    isDown = true;
  });
  const until = world.scheduler.clock.elapsed() + stopMs;
  while (!isDown) {
    if (!(await goesOn(world, until))) return;
  }
  world.auditTheEnd();
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
