import { describe, expect, test } from 'vitest';
import { type Scenario, scenarioOf } from '../simulation/scenario.ts';
import { simulate } from '../simulation/simulate.ts';
import { openStages } from '../simulation/stages.ts';
import type { Trouble } from '../simulation/trouble.ts';

const stages = openStages();

async function traceOf(scenario: Scenario): Promise<readonly string[]> {
  const lines: string[] = [];
  const { steps, elapsedMs } = await simulate(scenario, stages, (line) => lines.push(line));
  return [...lines, `${steps} steps`, `${elapsedMs} ms`];
}

describe('the simulated engine', () => {
  test('decides every bar where nothing goes wrong', async () => {
    const calm = { ...scenarioOf(3), troubles: [] };
    expect(await simulate(calm, stages)).toMatchObject({ violations: [], bars: calm.bars });
  });

  test('plays a seed the same way again', async () => {
    const seed = 14;
    const first = await traceOf(scenarioOf(seed));
    expect(first.length).toBeGreaterThan(5);
    expect(await traceOf(scenarioOf(seed))).toEqual(first);
  });

  test.each(Array.from({ length: 30 }, (_, index) => index + 1))(
    'keeps every rule with seed %i',
    async (seed) => {
      const { violations } = await simulate(scenarioOf(seed), stages);
      expect(violations).toEqual([]);
    },
  );

  test('takes a clock that jumps a day for no proof that an order is absent', async () => {
    const { violations } = await simulate(scenarioOf(1_211), stages);
    expect(violations).toEqual([]);
  });

  test('meets every kind of trouble within some hundred seeds', () => {
    const kinds = new Set(
      Array.from({ length: 300 }, (_, seed) =>
        scenarioOf(seed).troubles.map(({ kind }) => kind),
      ).flat(),
    );
    expect([...kinds].toSorted()).toEqual([
      'broker',
      'broker-down',
      'clock-jump',
      'command',
      'crash-actor',
      'crash-after-write',
      'crash-many',
      'cut-power',
      'disk-busy',
      'disk-full',
      'fail-starts',
      'kill-engine',
      'kill-thread',
      'leave-and-join',
      'old-answers',
      'policy',
      'restart-account',
      'stall-thread',
    ] satisfies Trouble['kind'][]);
  });
});
