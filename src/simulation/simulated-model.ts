import type { PredictedClass, Probabilities } from '../domain/prediction.ts';
import { price } from '../domain/units.ts';
import { atrColumn } from '../features/schema.ts';
import type { Model } from '../inference/model.ts';
import { seededRandom } from '../runtime/seeded-random.ts';

const members = ['rf', 'xgb', 'lgb'] as const;

/**
 * A model whose opinion is a function of the seed and the bar, and of nothing else. onnxruntime answers from threads of
 * its own, at moments that no simulated scheduler knows; how the ensemble computes is tested elsewhere.
 *
 * @param signalShare on how many of all bars it wants to trade
 */
export function simulatedModel(symbol: string, seed: number, signalShare: number): Model {
  return {
    symbol,
    hash: `simulated-${seed}`,
    predict: async ({ trace, barTime, values }) => {
      const random = seededRandom(seed * 1_000_003 + barTime / 60_000);
      const says = classOf(random(), signalShare);
      const answer = { raw: sure[says], calibrated: sure[says], vote: says };
      return {
        trace,
        symbol,
        barTime,
        modelHash: `simulated-${seed}`,
        mean: sure[says],
        members: Object.fromEntries(members.map((name) => [name, answer])),
        atr: price(values[atrColumn] as number),
        thresholds: { confidenceMin: 0.6, gapMin: 0.1 },
      };
    },
    release: async () => {},
  };
}

const sure: Readonly<Record<PredictedClass, Probabilities>> = {
  buy: { buy: 0.8, sell: 0.1, hold: 0.1 },
  sell: { buy: 0.1, sell: 0.8, hold: 0.1 },
  hold: { buy: 0.1, sell: 0.1, hold: 0.8 },
};

function classOf(chance: number, signalShare: number): PredictedClass {
  if (chance >= signalShare) return 'hold';
  return chance < signalShare / 2 ? 'buy' : 'sell';
}
