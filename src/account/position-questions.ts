/** What the position model is asked about open positions at a bar, and what follows from its answer. */
import type { Trace } from '../domain/bar.ts';
import type { PositionPrediction } from '../domain/position-prediction.ts';
import { assessPosition, closesPosition } from '../strategy/position-exit.ts';
import { type PositionState, positionState } from '../strategy/position-state.ts';
import type { AccountState, TrackedPosition } from './account-state.ts';
import type { AccountInput } from './input.ts';
import { managementReasons } from './managed-position.ts';
import type { AccountPolicy } from './policy.ts';
import { close, listedPositions } from './position-calls.ts';
import { traceParts } from './trace-parts.ts';
import type { Turn } from './turn.ts';

/** One open position at one bar: the model sees the market features of the bar and this state. */
export type PositionQuestion = {
  readonly trace: Trace;
  readonly symbol: string;
  readonly ticket: number;
  readonly state: PositionState;
};

/** What became of a question. */
export type PositionAnswer =
  | { readonly question: PositionQuestion; readonly prediction: PositionPrediction }
  | { readonly question: PositionQuestion; readonly missing: string };

/**
 * What is still to be asked at the newest decided bar of a series: every managed position that has been held for long
 * enough, is not being closed, and was not judged at this bar. A restart finds the same questions again.
 */
export function positionQuestions(
  state: AccountState,
  { trace, symbol }: Pick<PositionQuestion, 'trace' | 'symbol'>,
): readonly PositionQuestion[] {
  const { policy, books, isFlattening } = state;
  const rules = policy?.management?.positionExit;
  const quote = books?.quotes[symbol];
  if (!policy || !rules || !quote || isFlattening || !isNewestDecided(state, trace)) return [];
  return listedPositions(state).flatMap(({ position, listed }) => {
    const { ticket, side, entry, stopLossFirst } = position;
    const barsHeld = barsHeldAt(position, trace, policy);
    const isMeant = position.symbol === symbol && listed.isOwned && mayAsk(position, trace);
    if (!isMeant || barsHeld === undefined || barsHeld < rules.barsHeldMin) return [];
    const stopDistance = stopLossFirst === undefined ? 0 : Math.abs(entry - stopLossFirst);
    const features = positionState({ side, entry, stopDistance, barsHeld }, quote);
    return [{ trace, symbol, ticket, state: features }];
  });
}

function isNewestDecided({ decided }: AccountState, trace: Trace): boolean {
  const { series, barTime } = traceParts(trace);
  return decided[series] === barTime;
}

function mayAsk({ closing, assessedBar }: TrackedPosition, trace: Trace): boolean {
  return closing === undefined && (assessedBar ?? 0) < traceParts(trace).barTime;
}

/** Closed bars since the one that the entry was decided on; undefined for a position that nobody planned. */
function barsHeldAt(
  { plan }: TrackedPosition,
  trace: Trace,
  { barMs }: AccountPolicy,
): number | undefined {
  return plan && Math.round((traceParts(trace).barTime - plan.barTime) / barMs);
}

/** Writes down what the model says, and closes where that is an exit. An answer that comes too late changes nothing. */
export function judgePosition(
  turn: Turn,
  { answer }: Extract<AccountInput, { type: 'position-judged' }>,
): void {
  const { question } = answer;
  const { trace, symbol, ticket, state } = question;
  const isOpen = positionQuestions(turn.state, { trace, symbol }).some(
    (each) => each.ticket === ticket,
  );
  const rules = turn.policy.management?.positionExit;
  if (!isOpen || !rules) return;
  if ('missing' in answer) {
    const reason = `position ${ticket} was not judged at ${trace}: ${answer.missing}`;
    turn.announce({ type: 'alert', reason });
    return;
  }
  const { prediction } = answer;
  const { votesMin } = turn.policy;
  const assessment = assessPosition(prediction, { ...rules, votesMin });
  turn.record({ type: 'position-assessed', ticket, trace, state, prediction, ...assessment });
  const listed = turn.state.books?.positions.find((each) => each.ticket === ticket);
  if (listed && closesPosition(assessment.action)) close(turn, listed, managementReasons.exit);
}
