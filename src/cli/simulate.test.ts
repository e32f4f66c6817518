import { describe, expect, test } from 'vitest';
import { type Scenario, scenarioOf } from '../simulation/scenario.ts';
import { shrunk } from '../simulation/shrink.ts';
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
  test.each([
    { isolation: 'thread', pollMs: undefined },
    { isolation: 'shared:all', pollMs: undefined },
    { isolation: 'thread', pollMs: 30_000 },
    { isolation: 'process', pollMs: undefined },
    { isolation: 'thread', pollMs: undefined, caps: { symbolRiskMax: 150, groups: [] } },
  ] as const)('decides every bar where nothing goes wrong: %o', async (place) => {
    const calm = { ...scenarioOf(3), ...place, bars: 5, troubles: [] };
    expect(await simulate(calm, stages)).toMatchObject({ violations: [], bars: calm.bars });
  });

  test('finds the fewest faults that break a rule', async () => {
    const scenario = scenarioOf(2);
    const moment = { bar: 0, since: 'bar', afterSteps: 0, afterMs: 0 } as const;
    const harmless = Array.from({ length: 3 }, () => ({
      ...{ ...moment, kind: 'policy' as const, account: 'alpha', risk: 0.01 },
    }));
    // A broker that executes long after every proof of absence cannot be traded with.
    const cruel = {
      ...{ ...moment, kind: 'broker' as const, account: 'alpha' },
      fault: {
        ...{ kind: 'gateway-timeout' as const, method: 'POST' as const, path: '/orders' },
        ...{ count: 1, skip: 0, executes: true, executeAfterMs: 5_000, answerAfterMs: 0 },
        format: 'json' as const,
      },
    };
    const built = { isExternal: false, networkDelayMs: 80, portDelayMs: 1, slowShare: 0 };
    const place = { ...built, pollMs: undefined, accounts: ['alpha'], bars: 20, signalShare: 0.9 };
    const troubles = [...harmless, cruel, ...harmless];
    const { troubles: fewest } = await shrunk({ ...scenario, ...place, troubles }, stages);
    expect(fewest).toEqual([cruel]);
  });

  test('plays a seed the same way again', async () => {
    const seed = 33;
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
    const { violations } = await simulate(scenarioOf(253), stages);
    expect(violations).toEqual([]);
  });

  test('reads no broker that moves on when a bar is asked for once more', async () => {
    const { violations } = await simulate(scenarioOf(1060), stages);
    expect(violations).toEqual([]);
  });

  test.each([
    ['in his own thread', 31],
    ['isolated from a host that is not up yet', 543],
  ])('quarantines who crashes too often while the others still start: %s', async (_, seed) => {
    const { violations } = await simulate(scenarioOf(seed), stages);
    expect(violations).toEqual([]);
  });

  test.each(['crash-actor', 'kill-engine'] as const)(
    'counts what a quarantined account holds after a %s of the ledger',
    async (kind) => {
      const scenario = scenarioOf(2);
      const order = { bar: 4, since: 'order', afterSteps: 40, afterMs: 0 } as const;
      const later = { bar: 6, since: 'bar', afterSteps: 0, afterMs: 0 } as const;
      const troubles: readonly Trouble[] = [
        { ...order, kind: 'fail-starts', account: 'alpha', times: 60 },
        { ...order, kind: 'kill-thread', thread: 'account:alpha', lossShare: 1 },
        { ...later, ...(kind === 'crash-actor' ? { kind, actor: 'main/fleet' } : { kind }) },
      ];
      const place = { accounts: ['alpha', 'gamma'], bars: 14, isolation: 'thread' } as const;
      const ways = { signalShare: 0.9, slowShare: 0, portDelayMs: 20, pollMs: undefined };
      const caps = { symbolRiskMax: 150, groups: [] };
      const { violations } = await simulate(
        {
          ...{ ...scenario, ...place, ...ways, caps, troubles },
          ...{ management: 'none', watchesPulse: false },
        },
        stages,
      );
      expect(violations).toEqual([]);
    },
  );

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
      'crash-flood',
      'crash-many',
      'cut-power',
      'disk-busy',
      'disk-full',
      'fail-starts',
      'kill-all-threads',
      'kill-engine',
      'kill-thread',
      'late-copies',
      'leave-and-join',
      'old-answers',
      'out-of-memory',
      'policy',
      'reload-in-restart',
      'restart-account',
      'stall-thread',
      'stop-engine',
    ] satisfies Trouble['kind'][]);
  });
});
