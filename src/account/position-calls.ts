import type { TradeOutcome } from '../domain/order.ts';
import type { BrokerPosition } from '../domain/position.ts';
import { type Steps, steps } from '../domain/units.ts';
import { isProvenAbsent } from './absence-search.ts';
import type { CallAnswer } from './account-fact.ts';
import type { AccountState, TrackedPosition } from './account-state.ts';
import type { AccountInput } from './input.ts';
import { type ProtectiveStops, protectiveStops } from './protection.ts';
import { callsMax } from './settled.ts';
import type { Turn } from './turn.ts';

/** Calls that set a stop before the position is closed instead. */
const protectsMax = 3;
const retryAfterMs = 1_000;

type Listed = { readonly position: TrackedPosition; readonly listed: BrokerPosition };

/** Owned positions that the broker lists, with what it lists. */
export function listedPositions(state: AccountState): readonly Listed[] {
  const found: Listed[] = [];
  const listing = state.books?.positions;
  if (!listing || listing.length === 0) return found;
  for (const position of Object.values(state.positions)) {
    const listed = listing.find(({ ticket }) => ticket === position.ticket);
    if (listed) found.push({ position, listed });
  }
  return found;
}

/**
 * Closes what a person wants flat and what a former close did not close. All of a ticket may be closed again and again:
 * a broker that gives every position its own ticket closes it once. A part, and anything on a netting account, is closed
 * again only after proof that the call before was not executed: it would close too much, or turn the position round.
 * After `callsMax` calls a whole close goes on once per moment of market time; a part stays open.
 */
export function closeWhatMust(turn: Turn): void {
  for (const { position, listed } of listedPositions(turn.state)) {
    const { closing } = position;
    if (closing?.status === 'sending') continue;
    const isPart = closing?.leaves !== undefined;
    if (turn.state.isFlattening && (!closing || isPart)) close(turn, listed, 'flatten');
    else if (closing) closeAgain(turn, { position, listed }, closing);
  }
}

function closeAgain(
  turn: Turn,
  { position, listed }: Listed,
  { attempts, at, leaves, reason }: NonNullable<TrackedPosition['closing']>,
): void {
  if (isInDoubt(turn.state, position)) return;
  if (leaves === undefined) {
    if (attempts < callsMax || turn.at > at) close(turn, listed, reason);
    return;
  }
  if (listed.volume <= leaves) return; // closed; its deal is not booked yet
  if (attempts < callsMax) {
    closePart(turn, listed, { leaves, reason });
    return;
  }
  const { ticket } = position;
  turn.record({ type: 'close-given-up', ticket, reason: `not closed in ${attempts} calls` });
  turn.announce({
    type: 'alert',
    reason: `a part of ${ticket} could not be closed: it stays open`,
  });
}

/** A close of unknown outcome that must not be made again before it is proven not to have been executed. */
function isInDoubt({ books }: AccountState, { closing }: TrackedPosition): boolean {
  if (closing?.status !== 'unknown') return false;
  return closing.leaves !== undefined || books?.view.isHedging === false;
}

/** Looks for the effect of closes in doubt: a position that stands as before, for as long as the proof asks for, was not closed. */
export function searchCloses(turn: Turn, ioAt: AccountInput['ioAt']): void {
  for (const { position, listed } of listedPositions(turn.state)) {
    const { ticket, closing, volume, closed } = position;
    if (!isInDoubt(turn.state, position) || closing?.search?.lastIoAt === ioAt) continue;
    if (listed.volume < volume - closed.volume) continue; // executed; its deal is not booked yet
    turn.record({ type: 'close-unseen', ticket, ioAt });
    const search = turn.state.positions[ticket]?.closing?.search;
    if (isProvenAbsent(search, turn.state.absenceProof)) {
      turn.record({ type: 'close-absent', ticket });
    }
  }
}

/** Sends a close of all that the broker lists of a position; nothing where another one might turn it round. */
export function close(turn: Turn, listed: BrokerPosition, reason: string): void {
  const { ticket, symbol, volume } = listed;
  const position = turn.state.positions[ticket];
  const mayTurn = turn.state.books?.view.isHedging === false;
  if (turn.policy.mode === 'dry' || (mayTurn && position && isInDoubt(turn.state, position)))
    return;
  turn.record({ type: 'close-intended', ticket, reason });
  turn.act({ type: 'close', ticket, symbol, volume });
}

/**
 * Closes a position down to what `leaves` says, in steps of volume. The aim is what stays, not what goes, so that a
 * call that was executed unnoticed makes the next one smaller. Nothing is sent while another close is under way or in
 * doubt; false then.
 */
export function closePart(
  turn: Turn,
  listed: BrokerPosition,
  { leaves, reason }: { readonly leaves: Steps; readonly reason: string },
): boolean {
  const { ticket, symbol, volume } = listed;
  const position = turn.state.positions[ticket];
  if (!position || turn.policy.mode === 'dry' || leaves <= 0 || leaves >= volume) return false;
  if (position.closing?.status === 'sending' || isInDoubt(turn.state, position)) return false;
  turn.record({ type: 'close-intended', ticket, reason, leaves });
  turn.act({ type: 'close', ticket, symbol, volume: steps(volume - leaves), leaves });
  return true;
}

/** No position without a stop at the broker: a naked one gets it, or is closed. */
export function protectNaked(turn: Turn): void {
  for (const { position, listed } of listedPositions(turn.state)) {
    const { closing, protecting } = position;
    const isClosing = closing !== undefined && closing.leaves === undefined;
    const isBusy = isClosing || closing?.status === 'sending' || protecting?.status === 'sending';
    if (listed.stopLoss !== undefined || isBusy || turn.policy.mode === 'dry') continue;
    const stops = protectiveStops(turn.state, position);
    if (!stops || (protecting?.attempts ?? 0) >= protectsMax) {
      turn.announce({ type: 'alert', reason: `closing ${position.ticket}: it has no stop` });
      close(turn, listed, 'naked');
      continue;
    }
    const { ticket, symbol } = position;
    turn.announce({ type: 'alert', reason: `setting a stop on ${ticket}: it has none` });
    turn.record({ type: 'protect-intended', ticket, ...stops });
    turn.act({ type: 'protect', ticket, symbol, ...stops });
  }
}

/**
 * Moves SL and TP of a position; without a TP the present one stays. Whether they were moved is read from the broker:
 * what it does not show after the answer was not done, and may be asked for anew. False where a call is under way.
 */
export function moveStops(
  turn: Turn,
  listed: BrokerPosition,
  { reason, ...stops }: ProtectiveStops & { readonly reason: string },
): boolean {
  const { ticket, symbol } = listed;
  const position = turn.state.positions[ticket];
  if (!position || turn.policy.mode === 'dry') return false;
  const { closing, protecting } = position;
  const isClosing = closing !== undefined && closing.leaves === undefined;
  if (isClosing || protecting !== undefined) return false;
  turn.record({ type: 'protect-intended', ticket, ...stops, reason });
  turn.act({ type: 'protect', ticket, symbol, ...stops });
  return true;
}

/** A call that was to move stops and did not: the broker shows them as before. */
export function dropUnmovedStops(turn: Turn): void {
  for (const { position, listed } of listedPositions(turn.state)) {
    const { ticket, protecting, stopLoss } = position;
    if (!protecting || protecting.status === 'sending' || stopLoss === undefined) continue;
    if (listed.stopLoss !== stopLoss) continue;
    const answer = { outcome: 'failed', reason: 'the broker shows the stops as before' } as const;
    turn.record({ type: 'protect-answered', ticket, answer });
  }
}

export function answerClose(
  turn: Turn,
  { ticket, outcome }: Extract<AccountInput, { type: 'close-answered' }>,
): void {
  const closing = turn.state.positions[ticket]?.closing;
  if (closing?.status !== 'sending') return;
  const answer = answerOf(outcome);
  turn.record({ type: 'close-answered', ticket, answer });
  if (answer.outcome !== 'done' && closing.attempts === callsMax) {
    turn.announce({ type: 'alert', reason: `cannot close ${ticket}: ${answer.reason}` });
  }
  turn.reconcile({ afterMs: answer.outcome === 'failed' ? retryAfterMs : 0 });
}

export function answerProtect(
  turn: Turn,
  { ticket, outcome }: Extract<AccountInput, { type: 'protect-answered' }>,
): void {
  if (turn.state.positions[ticket]?.protecting?.status !== 'sending') return;
  const answer = answerOf(outcome);
  turn.record({ type: 'protect-answered', ticket, answer });
  turn.reconcile({ afterMs: answer.outcome === 'failed' ? retryAfterMs : 0 });
}

function answerOf(outcome: TradeOutcome): CallAnswer {
  switch (outcome.outcome) {
    case 'done':
    case 'partial':
      return { outcome: 'done', reason: outcome.outcome };
    case 'rejected':
    case 'not-sent':
      return { outcome: 'failed', reason: outcome.reason };
    case 'unknown':
      return { outcome: 'unknown', reason: outcome.reason };
  }
}
