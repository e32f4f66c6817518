import type { Scenario } from './scenario.ts';
import { simulate } from './simulate.ts';
import type { Stage } from './stages.ts';
import type { Trouble } from './trouble.ts';

/** Runs that are tried at most: one that never ends takes a minute. */
const runsMax = 60;

/** Leaves out faults while a rule is still broken: halves of them first, then ever smaller parts, at last each alone. */
export async function shrunk(scenario: Scenario, stages: readonly Stage[]): Promise<Scenario> {
  let { troubles } = scenario;
  let runs = 0;
  const isBroken = async (fewer: readonly Trouble[]) => {
    runs += 1;
    const { violations } = await simulate({ ...scenario, troubles: fewer }, stages);
    return violations.length > 0;
  };
  for (let size = Math.ceil(troubles.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < troubles.length && runs < runsMax; ) {
      const fewer = troubles.toSpliced(from, size);
      if (await isBroken(fewer)) troubles = fewer;
      else from += size;
    }
  }
  return { ...scenario, troubles };
}
