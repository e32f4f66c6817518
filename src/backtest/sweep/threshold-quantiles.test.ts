import { describe, expect, test } from 'vitest';
import { generatedBars } from '../../../test/generated-bars.ts';
import { randomTable, shippedManifest } from '../../../test/sweep-stage.ts';
import { predictionSeries } from '../prediction-series.ts';
import { quantileShare, thresholdSamples, withThresholds } from './threshold-quantiles.ts';

const bars = generatedBars({ seed: 1, count: 300 });
const predictions = predictionSeries(randomTable(300), {
  ...{ bars, symbol: 'BTCUSD', timeframe: 'M15', manifest: shippedManifest },
});
const isoAt = (index: number) => new Date(bars[index]?.openTime ?? 0).toISOString();

describe('thresholds as quantiles', () => {
  const slice = { from: isoAt(50), to: isoAt(249) };
  const samples = thresholdSamples(bars, predictions, { ...slice, policy: {} });

  test('are taken from the slice alone, where buying or selling stood first', () => {
    const signals = bars.flatMap((_bar, index) => {
      const mean = predictions.at(index)?.mean;
      const isInside = index >= 50 && index <= 249;
      if (!mean || !isInside || mean.hold >= Math.max(mean.buy, mean.sell)) return [];
      return [Math.max(mean.buy, mean.sell)];
    });
    expect([...samples.min_confidence]).toEqual(signals.toSorted((a, b) => a - b));
    expect(samples.min_prob_gap).toHaveLength(signals.length);
    expect([...samples.min_prob_gap]).toEqual([...samples.min_prob_gap].toSorted((a, b) => a - b));
  });

  test('are those of the weighted mean where the account has weights', () => {
    const only = { rf: 0, xgb: 0, lgb: 1 };
    const regimeWeights = { 'strong-trend': only, ranging: only, volatile: only, choppy: only };
    const weighted = thresholdSamples(bars, predictions, { ...slice, policy: { regimeWeights } });
    const signals = bars.flatMap((_bar, index) => {
      const said = predictions.at(index)?.members['lgb']?.calibrated;
      const isInside = index >= 50 && index <= 249;
      if (!said || !isInside || said.hold >= Math.max(said.buy, said.sell)) return [];
      return [Math.max(said.buy, said.sell)];
    });
    const sorted = signals.toSorted((a, b) => a - b);
    expect(weighted.min_confidence).toHaveLength(sorted.length);
    for (const [index, each] of sorted.entries()) {
      expect(weighted.min_confidence[index]).toBeCloseTo(each, 12);
    }
  });

  test('take the place of what names them, equal ones once', () => {
    const [least, most] = [samples.min_confidence[0], samples.min_confidence.at(-1)];
    const axes = withThresholds(
      [
        { key: 'min_confidence', values: ['q0', 'q1', 0.5, 'q1'] },
        { key: 'min_votes', values: [2] },
      ],
      samples,
    );
    expect(axes).toEqual([
      { key: 'min_confidence', values: [least, most, 0.5] },
      { key: 'min_votes', values: [2] },
    ]);
  });

  test.each([
    ['q0.98', 0.98],
    ['q1', 1],
    ['q0', 0],
    ['q1.5', undefined],
    ['q', undefined],
    [0.5, undefined],
    ['0.5', undefined],
  ])('%s names the share %s', (value, share) => {
    expect(quantileShare(value)).toBe(share);
  });
});
