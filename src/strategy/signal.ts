import type { Denial } from '../domain/account-event.ts';
import type { Side } from '../domain/order.ts';
import type { PredictedClass, Thresholds } from '../domain/prediction.ts';
import { type RegimeMean, type RegimeWeights, regimeMean, type Weighed } from './regime-mean.ts';

/** What must hold before a prediction becomes a wish to trade. */
export type SignalGates = Thresholds & {
  /** Members that must vote for the winning class. */
  readonly votesMin: number;
  /** What the models count in the mean that is judged. Absent: all the same. */
  readonly regimeWeights?: RegimeWeights;
};

/** The numbers that a prediction was judged by. */
type SignalNumbers = {
  /** Mean calibrated probability of the winning class. */
  readonly confidence: number;
  /** Distance to the second highest mean probability. */
  readonly gap: number;
  /** Members whose vote is the winning class, whatever they weigh. */
  readonly votes: number;
  /** What was judged in place of the plain mean, where models have weights. */
  readonly weighted?: RegimeMean;
};

/** What of a prediction is looked at. */
export type Judged = Omit<Weighed, 'members'> & {
  readonly members: Readonly<
    Record<string, Weighed['members'][string] & { readonly vote: PredictedClass }>
  >;
};

export type SignalAssessment =
  | (SignalNumbers & { readonly verdict: 'signal'; readonly side: Side })
  /** `gate` names the first gate that was not passed: `weights`, `hold`, `votes`, `confidence` or `gap`. */
  | (SignalNumbers & { readonly verdict: 'held'; readonly side?: Side; readonly gate: Denial });

/**
 * Whether a prediction is a signal: by the plain mean of its members, or by the one that the gates give weights for. A
 * bar whose weights nobody can tell is held: the plain mean was not asked for.
 */
export function assessPrediction(prediction: Judged, gates: SignalGates): SignalAssessment {
  if (gates.regimeWeights === undefined) return assessMean(prediction, gates);
  const weighted = regimeMean(prediction, gates.regimeWeights);
  if (weighted === undefined) return { verdict: 'held', ...unweighted };
  return { ...assessMean({ ...prediction, mean: weighted.mean }, gates), weighted };
}

/** `observed`: how many models with a weight there are. */
const unweighted = {
  ...{ confidence: 0, gap: 0, votes: 0 },
  gate: { limit: 'weights', observed: 0, allowed: 1 },
};

/**
 * The winning class is the one with the highest mean calibrated probability; a tie
 * at the top has no winner. Hold never trades; buy and sell pass the gates votes, confidence and gap, in this order
 * (an observed value equal to the limit passes).
 */
function assessMean(prediction: Judged, gates: SignalGates): SignalAssessment {
  const { winner, confidence, gap } = ranked(prediction);
  const votes = votesFor(winner, prediction);
  if (winner === 'hold') {
    const gate = { limit: 'hold', observed: confidence, allowed: 0 };
    return { verdict: 'held', confidence, gap, votes, gate };
  }
  const gate = firstClosed({ confidence, gap, votes }, gates);
  if (gate) return { verdict: 'held', side: winner, confidence, gap, votes, gate };
  return { verdict: 'signal', side: winner, confidence, gap, votes };
}

function ranked({ mean }: Judged): {
  readonly winner: PredictedClass;
  readonly confidence: number;
  readonly gap: number;
} {
  let winner: PredictedClass = 'hold';
  if (mean.buy > mean[winner]) winner = 'buy';
  if (mean.sell > mean[winner]) winner = 'sell';
  const { buy, sell, hold } = mean;
  const second =
    winner === 'hold' ? Math.max(buy, sell) : Math.max(hold, winner === 'buy' ? sell : buy);
  return { winner, confidence: mean[winner], gap: mean[winner] - second };
}

function votesFor(winner: PredictedClass, { members }: Judged): number {
  let votes = 0;
  for (const name in members) if (members[name]?.vote === winner) votes += 1;
  return votes;
}

function firstClosed(numbers: SignalNumbers, gates: SignalGates): Denial | undefined {
  const { votes, confidence, gap } = numbers;
  const { votesMin, confidenceMin, gapMin } = gates;
  const isTied = gap === 0;
  if (!(votes >= votesMin)) return { limit: 'votes', observed: votes, allowed: votesMin };
  if (!(confidence >= confidenceMin))
    return { limit: 'confidence', observed: confidence, allowed: confidenceMin };
  if (!(gap >= gapMin) || isTied) return { limit: 'gap', observed: gap, allowed: gapMin };
  return undefined;
}
