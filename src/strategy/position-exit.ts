import { unreachable } from '../domain/assert.ts';
import type { PositionAction, PositionPrediction } from '../domain/position-prediction.ts';

/** When the position model is followed. */
export type PositionExitRules = {
  /** Least mean probability of an exit. */
  readonly exitMin: number;
  /** Least distance of that from the probability of holding. */
  readonly gapMin: number;
  /** Least mean probability at which adding is worth a line in the journal; nothing is ever added. */
  readonly addMin: number;
  /** Closed bars that a position is held before it is asked about. */
  readonly barsHeldMin: number;
};

export type PositionAssessment = {
  readonly action: PositionAction;
  /** Distance between the probabilities of exit and hold. */
  readonly gap: number;
  /** Members that vote for the action. */
  readonly votes: number;
};

/**
 * What a prediction about an open position amounts to. Exit: probability and gap reach their limits (an equal value
 * reaches them) and at least `votesMin` members vote for it. Add: it is the most probable, and reaches `addMin`.
 */
export function assessPosition(
  { mean, members }: Pick<PositionPrediction, 'mean' | 'members'>,
  { exitMin, gapMin, addMin, votesMin }: PositionExitRules & { readonly votesMin: number },
): PositionAssessment {
  const gap = mean.exit - mean.hold;
  const votesFor = (action: PositionAction) =>
    Object.values(members).filter(({ vote }) => vote === action).length;
  const action = actionOf();
  return { action, gap, votes: votesFor(action) };

  function actionOf(): PositionAction {
    const isExit = mean.exit >= exitMin && gap >= gapMin && votesFor('exit') >= votesMin;
    if (isExit) return 'exit';
    const isAdd = mean.add >= addMin && mean.add > mean.exit && mean.add > mean.hold;
    return isAdd ? 'add' : 'hold';
  }
}

/** Whether an action closes the position: an add is written down and never made. */
export function closesPosition(action: PositionAction): boolean {
  switch (action) {
    case 'exit':
      return true;
    case 'hold':
    case 'add':
      return false;
    default:
      return unreachable(action);
  }
}
