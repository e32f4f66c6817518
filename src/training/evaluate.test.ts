import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Probabilities } from '../domain/prediction.ts';
import { epochMs } from '../domain/units.ts';
import { atrColumn, featureSchemaHash } from '../features/schema.ts';
import { type EnsembleAnswer, voteOf } from '../inference/ensemble.ts';
import { loadModel } from '../inference/load-model.ts';
import { loadBars } from '../market-data/bar-file.ts';
import { barsClosedBy, buildDataset } from './dataset.ts';
import { evaluate } from './evaluate.ts';
import { evaluateFolder } from './evaluate-folder.ts';

const [buy, sell, hold] = [0, 1, 2];
const thresholds = { confidenceMin: 0.5, gapMin: 0.1 };

/** An answer whose members all say the same, unless `dissent` tells otherwise. */
function anAnswer(
  mean: Probabilities,
  dissent: Record<string, Probabilities> = {},
): EnsembleAnswer {
  const member = (name: string) => {
    const calibrated = dissent[name] ?? mean;
    return { raw: calibrated, calibrated, vote: voteOf(calibrated) };
  };
  return { mean, members: { rf: member('rf'), xgb: member('xgb'), lgb: member('lgb') } };
}

const clearBuy = { buy: 0.6, sell: 0.3, hold: 0.1 };
const clearSell = { buy: 0.3, sell: 0.6, hold: 0.1 };

describe('figures', () => {
  test('count signals, hits and what blind signals of the same sides would reach', () => {
    const answers = [
      anAnswer(clearBuy),
      anAnswer(clearBuy),
      anAnswer(clearSell),
      anAnswer(clearSell),
    ];
    const { ensemble } = evaluate(answers, Int32Array.of(buy, hold, sell, buy), thresholds);
    expect(ensemble).toMatchObject({ signals: 4, buys: 2, sells: 2, hits: 2, hit_rate: 0.5 });
    expect(ensemble.base_rate).toBeCloseTo((0.5 + 0.5 + 0.25 + 0.25) / 4, 12);
  });

  test.each([
    { what: 'the confidence is below the least', mean: { buy: 0.49, sell: 0.3, hold: 0.21 } },
    { what: 'the gap is below the least', mean: { buy: 0.5, sell: 0.45, hold: 0.05 } },
    { what: 'hold has won', mean: { buy: 0.1, sell: 0.1, hold: 0.8 } },
  ])('count no signal where $what', ({ mean }) => {
    expect(evaluate([anAnswer(mean)], Int32Array.of(buy), thresholds).ensemble.signals).toBe(0);
  });

  test('count no signal where only one member agrees', () => {
    const answer = anAnswer(clearBuy, { rf: clearSell, xgb: clearSell });
    const { ensemble, members } = evaluate([answer], Int32Array.of(buy), thresholds);
    expect(ensemble).toMatchObject({ signals: 0, hit_rate: null, base_rate: null });
    expect(members).toMatchObject({ rf: { signals: 1, hits: 0 }, lgb: { signals: 1, hits: 1 } });
  });

  test('measure the probabilities', () => {
    const { ensemble, class_shares } = evaluate(
      [anAnswer(clearBuy), anAnswer(clearSell)],
      Int32Array.of(buy, buy),
      thresholds,
    );
    expect(class_shares).toEqual({ buy: 1, sell: 0, hold: 0 });
    expect(ensemble.accuracy).toBe(0.5);
    expect(ensemble.log_loss).toBeCloseTo(-(Math.log(0.6) + Math.log(0.3)) / 2, 12);
    expect(ensemble.brier).toBeCloseTo((0.26 + 0.86) / 2, 12);
    expect(ensemble.precision).toEqual({ buy: 1, sell: 0, hold: null });
    expect(ensemble.macro_f1).toBeCloseTo(2 / 3 / 3, 12);
  });

  test('stay finite where the truth was called impossible', () => {
    const sure = { buy: 1, sell: 0, hold: 0 };
    const { ensemble } = evaluate([anAnswer(sure)], Int32Array.of(sell), thresholds);
    expect(ensemble.log_loss).toBeCloseTo(-Math.log(1e-9), 9);
  });
});

const data = join(import.meta.dirname, '../../../shared/data/btcusd_m15.csv.gz');
const folder = join(import.meta.dirname, '../../models/BTCUSD');

describe.skipIf(!existsSync(data))('the shipped models (needs ../shared/data)', () => {
  test('have the figures of their manifest when the engine measures them', async () => {
    const { bars } = await loadBars(data);
    const options = { folder, symbol: 'BTCUSD', schemaHash: featureSchemaHash, atrColumn };
    const model = await loadModel(options);
    const { training, label, features, split, metrics } = model.manifest;
    const dataset = buildDataset(barsClosedBy(bars, epochMs(Date.parse(training.train_to))), {
      roundStep: features.round_step,
      label: {
        horizonBars: label.horizon_bars,
        stopAtrMultiplier: label.stop_atr_multiplier,
        targetAtrMultiplier: label.target_atr_multiplier,
        spread: label.spread,
      },
    });
    const first = dataset.rows - split.test.rows;
    const answers = await model.predictRows(dataset.features.subarray(first * 62), split.test.rows);
    const figures = evaluate(answers, dataset.labels.subarray(first), {
      confidenceMin: model.manifest.thresholds.confidence_min,
      gapMin: model.manifest.thresholds.gap_min,
    });
    expectNear(figures, metrics.test);
    await model.release();
  });

  test('are modest on the half year that they have not seen: more would be a leak', async () => {
    const { bars } = await loadBars(data);
    const evaluation = await evaluateFolder({ folder, symbol: 'BTCUSD', bars });
    const { signals, hit_rate } = evaluation?.figures.ensemble ?? {};
    expect(evaluation?.from).toBe('2025-01-01T00:00Z');
    expect(signals).toBeGreaterThan(100);
    expect(hit_rate).toBeGreaterThan(0.4);
    expect(hit_rate).toBeLessThan(0.6);
  });
});

/** Every number of one tree within 1e-4 of the other's: a row on the edge of a threshold may fall either way. */
function expectNear(ours: unknown, theirs: unknown): void {
  if (typeof theirs === 'object' && theirs !== null) {
    expect(Object.keys(ours as object).sort()).toEqual(Object.keys(theirs).sort());
    for (const [key, value] of Object.entries(theirs)) {
      expectNear((ours as Record<string, unknown>)[key], value);
    }
  } else if (typeof theirs === 'number') expect(ours).toBeCloseTo(theirs, 4);
  else expect(ours).toEqual(theirs);
}
