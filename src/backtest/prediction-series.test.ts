import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generatedBars } from '../../test/generated-bars.ts';
import { randomTable, shippedManifest, sweptPolicy } from '../../test/sweep-stage.ts';
import { closedGate } from '../account/quiet-bar.ts';
import { memberNames } from '../inference/manifest.ts';
import { regimeOf, regimes } from '../strategy/regime.ts';
import { predictionSeries } from './prediction-series.ts';

const count = 400;
const bars = generatedBars({ seed: 2, count });
const series = predictionSeries(randomTable(count), {
  ...{ bars, symbol: 'BTCUSD', timeframe: 'M15', manifest: shippedManifest },
});

const keys = regimes.flatMap((regime) =>
  memberNames.map((model) => `regime_weights.${regime.replace('-', '_')}.${model}`),
);
/** At least one of the three has a weight: the last is never 0. */
const weights = fc.tuple(
  ...keys.map((key) =>
    key.endsWith(memberNames.at(-1) as string)
      ? fc.constantFrom(0.5, 1, 3)
      : fc.constantFrom(0, 1, 2),
  ),
);
const thresholds = fc.record({
  min_confidence: fc.constantFrom(0.34, 0.4, 0.45),
  min_prob_gap: fc.constantFrom(0, 0.05),
  min_votes: fc.constantFrom(1, 2, 3),
});

describe('the gate of a row', () => {
  test('is that of its prediction, with weights and without', () => {
    const seen = new Set<string | undefined>();
    fc.assert(
      fc.property(fc.option(weights), thresholds, (own, gates) => {
        const values = own ? Object.fromEntries(keys.map((key, at) => [key, own[at]])) : {};
        const policy = sweptPolicy({ ...gates, ...values } as Record<string, number>);
        for (let index = 0; index < count; index += 7) {
          const prediction = series.at(index);
          if (prediction === undefined) continue;
          const gate = closedGate(policy, prediction);
          expect(series.closedGate(index, policy)).toBe(gate);
          seen.add(gate);
        }
      }),
      { numRuns: 60 },
    );
    expect([...seen]).toEqual(expect.arrayContaining([undefined, 'votes', 'confidence', 'gap']));
  });

  test('is asked of rows in every regime', () => {
    const found = bars.map((_bar, index) => regimeOf(series.at(index)?.features ?? {}));
    expect(new Set(found)).toEqual(new Set(regimes));
  });

  test('changes with the weights of the regime of its bar alone', () => {
    const plain = sweptPolicy({ min_confidence: 0.42 });
    const weighted = sweptPolicy({ min_confidence: 0.42, 'regime_weights.volatile.rf': 5 });
    const changed = bars.flatMap((_bar, index) =>
      series.closedGate(index, plain) === series.closedGate(index, weighted)
        ? []
        : [regimeOf(series.at(index)?.features ?? {})],
    );
    expect(changed.length).toBeGreaterThan(0);
    expect(new Set(changed)).toEqual(new Set(['volatile']));
  });
});
