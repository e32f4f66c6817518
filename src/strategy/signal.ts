import type { Denial } from '../domain/account-event.ts';
import type { Side } from '../domain/order.ts';
import type { PredictedClass, Prediction, Thresholds } from '../domain/prediction.ts';

/** What must hold before a prediction becomes a wish to trade. */
export type SignalGates = Thresholds & {
  /** Members that must vote for the winning class. */
  readonly votesMin: number;
};

/** The numbers that a prediction was judged by. */
type SignalNumbers = {
  /** Mean calibrated probability of the winning class. */
  readonly confidence: number;
  /** Distance to the second highest mean probability. */
  readonly gap: number;
  /** Members whose vote is the winning class. */
  readonly votes: number;
};

/** What of a prediction is looked at. */
export type Judged = Pick<Prediction, 'mean'> & {
  readonly members: Readonly<Record<string, { readonly vote: PredictedClass }>>;
};

export type SignalAssessment =
  | (SignalNumbers & { readonly verdict: 'signal'; readonly side: Side })
  /** `gate` names the first gate that was not passed: `hold`, `votes`, `confidence` or `gap`. */
  | (SignalNumbers & { readonly verdict: 'held'; readonly side?: Side; readonly gate: Denial });

/**
 * Whether a prediction is a signal. The winning class is the one with the highest mean calibrated probability; a tie
 * at the top has no winner. Hold never trades; buy and sell pass the gates votes, confidence and gap, in this order
 * (an observed value equal to the limit passes).
 */
export function assessPrediction(prediction: Judged, gates: SignalGates): SignalAssessment {
  const { winner, confidence, gap } = ranked(prediction);
  const votes = votesFor(winner, prediction);
  const numbers = { confidence, gap, votes };
  if (winner === 'hold') {
    return {
      verdict: 'held',
      ...numbers,
      gate: { limit: 'hold', observed: confidence, allowed: 0 },
    };
  }
  const gate = firstClosed(numbers, gates);
  if (gate) return { verdict: 'held', side: winner, ...numbers, gate };
  return { verdict: 'signal', side: winner, ...numbers };
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
