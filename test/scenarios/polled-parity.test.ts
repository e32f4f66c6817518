/** A live run looks at its broker every few seconds, decides when it hears of a bar, and manages positions in between. */
import { describe, expect, test } from 'vitest';
import { initialState } from '../../src/account/account-state.ts';
import { apply } from '../../src/account/apply.ts';
import { journalBars } from '../../src/backtest/parity/journal-bars.ts';
import { type ComparedBar, parityDay } from '../../src/backtest/parity/parity-day.ts';
import { timeframeMs } from '../../src/domain/bar.ts';
import type { Prediction } from '../../src/domain/prediction.ts';
import { accountId } from '../../src/domain/units.ts';
import { type Scenario, scenarioOf } from '../../src/simulation/scenario.ts';
import { SimulatedWorld } from '../../src/simulation/simulated-world.ts';
import { openStages } from '../../src/simulation/stages.ts';

const [stage] = openStages();
if (stage === undefined) throw new Error('there is no stage to play on');
const barMs = timeframeMs.M15;
const magic = 20_250_101;
const bars = 120;

/** Nothing goes wrong, and the way to the broker takes its time. */
function calm(changes: Partial<Scenario>): Scenario {
  return {
    ...scenarioOf(1),
    ...{ accounts: ['alpha'], bars, signalShare: 0.5, portDelayMs: 1, networkDelayMs: 80 },
    ...{ slowShare: 0, isExternal: true, isolation: 'thread', caps: undefined },
    ...{ watchesPulse: false, pollMs: 5_000, troubles: [] },
    ...changes,
  };
}

async function recordedRun(scenario: Scenario) {
  const world = new SimulatedWorld(scenario, stage as NonNullable<typeof stage>, () => {});
  try {
    while (!world.isFinished && (await world.scheduler.step())) {
      // The journal is all that is wanted.
    }
    expect(world.violations).toEqual([]);
    const { facts, terms } = world.recordOf('alpha');
    return { facts: [...facts], terms };
  } finally {
    world.close();
  }
}

async function comparison(scenario: Scenario): Promise<readonly ComparedBar[]> {
  const { facts, terms } = await recordedRun(scenario);
  const initial = initialState(accountId('alpha'));
  let after = initial;
  const steps = facts.map((fact) => {
    after = apply(after, fact);
    return { fact, after };
  });
  const times = (stage?.bars ?? []).slice(0, bars - 1).map(({ openTime }) => openTime);
  const predictions = new Map<number, Prediction>(
    facts.flatMap((fact) =>
      fact.type === 'bar-decided' && fact.prediction
        ? [[fact.prediction.barTime as number, fact.prediction as Prediction]]
        : [],
    ),
  );
  const journal = journalBars(steps, { initial, series: 'BTCUSD/M15', barMs, times });
  const compared: ComparedBar[] = [];
  for await (const bar of parityDay({
    ...{ account: accountId('alpha'), symbol: 'BTCUSD', timeframe: 'M15', barMs, terms, magic },
    ...{ journal, bars: stage?.bars ?? [], predictions, isOwnStore: true },
  })) {
    compared.push(bar);
  }
  return compared;
}

describe('the journal of an account that polls its broker', () => {
  test.each(['none', 'partial-close', 'trailing'] as const)(
    'is traded again by the backtester without a difference: %s',
    async (management) => {
      const compared = await comparison(calm({ management }));
      const statements = compared.flatMap((bar) => bar.statements);
      const differences = compared.flatMap((bar) => bar.differences);
      const kinds = (kind: string) => statements.filter((each) => each.kind === kind).length;
      expect(kinds('decision')).toBeGreaterThan(100);
      expect(kinds('fill')).toBeGreaterThan(10);
      expect(kinds('close')).toBeGreaterThan(10);
      expect(differences).toEqual([]);
    },
  );
});
