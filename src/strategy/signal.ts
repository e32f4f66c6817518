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

export type SignalAssessment =
  | (SignalNumbers & { readonly verdict: 'signal'; readonly side: Side })
  /** `gate` names the first gate that was not passed: `hold`, `votes`, `confidence` or `gap`. */
  | (SignalNumbers & { readonly verdict: 'held'; readonly side?: Side; readonly gate: Denial });

/**
 * Whether a prediction is a signal. The winning class is the one with the highest mean calibrated probability; a tie
 * at the top has no winner. Hold never trades; buy and sell pass the gates votes, confidence and gap, in this order
 * (an observed value equal to the limit passes).
 */
export function assessPrediction(
  prediction: Pick<Prediction, 'mean' | 'members'>,
  gates: SignalGates,
): SignalAssessment {
  const { winner, confidence, gap } = ranked(prediction);
  const votes = Object.values(prediction.members).filter(({ vote }) => vote === winner).length;
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

function ranked({ mean }: Pick<Prediction, 'mean'>): {
  readonly winner: PredictedClass;
  readonly confidence: number;
  readonly gap: number;
} {
  const classes: readonly PredictedClass[] = ['hold', 'buy', 'sell'];
  const [first, second] = classes.toSorted((a, b) => mean[b] - mean[a]) as [
    PredictedClass,
    PredictedClass,
  ];
  return { winner: first, confidence: mean[first], gap: mean[first] - mean[second] };
}

function firstClosed(numbers: SignalNumbers, gates: SignalGates): Denial | undefined {
  const { votes, confidence, gap } = numbers;
  const isTied = gap === 0;
  const assessed: readonly (Denial & { readonly isOpen: boolean })[] = [
    { limit: 'votes', observed: votes, allowed: gates.votesMin, isOpen: votes >= gates.votesMin },
    {
      limit: 'confidence',
      observed: confidence,
      allowed: gates.confidenceMin,
      isOpen: confidence >= gates.confidenceMin,
    },
    { limit: 'gap', observed: gap, allowed: gates.gapMin, isOpen: gap >= gates.gapMin && !isTied },
  ];
  const closed = assessed.find(({ isOpen }) => !isOpen);
  return closed && { limit: closed.limit, observed: closed.observed, allowed: closed.allowed };
}
