import type { BarPrices, Trace } from '../domain/bar.ts';
import type { Prediction } from '../domain/prediction.ts';
import { type EpochMs, epochMs, type Price } from '../domain/units.ts';
import type { EnsembleAnswer } from './ensemble.ts';
import type { Manifest } from './manifest.ts';

/** The set that answered. */
type AnsweringSet = {
  readonly manifest: Manifest;
  readonly hash: string;
  readonly hasPositionModel: boolean;
};

/** The row that it answered to. */
type AnsweredRow = {
  readonly trace: Trace;
  readonly symbol: string;
  readonly barTime: EpochMs;
  readonly bar?: BarPrices | undefined;
  readonly featuresHash?: string | undefined;
  readonly atr: Price;
  readonly features?: Readonly<Record<string, number>> | undefined;
};

/** What an account is told of a set's answer to one bar. */
export function ensemblePrediction(
  { manifest, hash, hasPositionModel }: AnsweringSet,
  { trace, symbol, barTime, bar, featuresHash, atr, features }: AnsweredRow,
  answer: EnsembleAnswer,
): Prediction {
  const { confidence_min, gap_min } = manifest.thresholds;
  return {
    trace,
    symbol,
    barTime,
    ...(bar && { bar }),
    modelHash: hash,
    ...(featuresHash !== undefined && { featuresHash }),
    mean: answer.mean,
    members: answer.members,
    atr,
    ...(features && { features }),
    ...(hasPositionModel && { hasPositionModel: true as const }),
    trainedTo: epochMs(Date.parse(manifest.training.train_to)),
    thresholds: { confidenceMin: confidence_min, gapMin: gap_min },
  };
}
