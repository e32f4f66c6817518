/** The section `regime_weights` of config.json: what each model's word counts, by the kind of market. */
import { z } from 'zod';
import { key } from './key-info.ts';

const kinds = {
  strong_trend: 'in a strong trend: ADX(14)/100 above 0.25, ATR below its 75th percentile',
  ranging: 'in a range: ADX(14)/100 below 0.20, ATR below its 40th percentile',
  volatile: 'in a volatile market: ATR from its 75th percentile on',
  choppy: 'in a choppy market, which is none of the others',
} as const;
type Kind = keyof typeof kinds;

/** Model -> what its word counts; 0 leaves it out. */
type ModelWeights = { readonly rf: number; readonly xgb: number; readonly lgb: number };
export type RegimeWeightsFile = Readonly<Record<Kind, ModelWeights>>;
/** Only where the models count differently. */
export type RegimeWeightsConfig = Readonly<Partial<RegimeWeightsFile>>;

export const regimeWeights = z
  .strictObject({
    strong_trend: modelWeights('strong_trend'),
    ranging: modelWeights('ranging'),
    volatile: modelWeights('volatile'),
    choppy: modelWeights('choppy'),
  })
  .prefault({});

function modelWeights(kind: Kind) {
  return z
    .strictObject({
      rf: weight('rf', kind),
      xgb: weight('xgb', kind),
      lgb: weight('lgb', kind),
    })
    .prefault({});
}

function weight(model: keyof ModelWeights, kind: Kind) {
  return key(z.number().min(0).max(1_000).default(1), {
    text: `Weight of ${model} ${kinds[kind]}.`,
    isHot: true,
    isPerAccount: true,
  });
}

/** The regimes in which models count differently; undefined where none is. */
export function regimeWeightsOf(file: RegimeWeightsFile): RegimeWeightsConfig | undefined {
  const uneven = Object.entries(file).filter(
    ([, weights]) => new Set(Object.values(weights)).size > 1,
  );
  return uneven.length === 0 ? undefined : Object.fromEntries(uneven);
}

/** Regimes in which no model would be left to listen to. */
export function regimeWeightFindings(file: RegimeWeightsFile) {
  return Object.entries(file)
    .filter(([, weights]) => Object.values(weights).every((each) => each === 0))
    .map(([kind]) => ({
      path: `regime_weights.${kind}`,
      problem: 'gives every model the weight 0',
      hint: 'leave one of them above 0; all of them at 1 is the plain mean',
    }));
}
