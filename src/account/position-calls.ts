import type { TradeOutcome } from '../domain/order.ts';
import type { BrokerPosition } from '../domain/position.ts';
import type { CallAnswer } from './account-fact.ts';
import type { AccountState, TrackedPosition } from './account-state.ts';
import type { AccountInput } from './input.ts';
import { protectiveStops } from './protection.ts';
import { callsMax } from './settled.ts';
import type { Turn } from './turn.ts';

/** Calls that set a stop before the position is closed instead. */
const protectsMax = 3;
const retryAfterMs = 1_000;

/** Owned positions that the broker lists, with what it lists. */
function listedPositions(
  state: AccountState,
): readonly { readonly position: TrackedPosition; readonly listed: BrokerPosition }[] {
  const listing = state.books?.positions ?? [];
  return Object.values(state.positions).flatMap((position) => {
    const listed = listing.find(({ ticket }) => ticket === position.ticket);
    return listed ? [{ position, listed }] : [];
  });
}

/**
 * Closes what a person wants flat and what a former close did not close. Closing a ticket again is safe: the broker
 * closes it once. After `callsMax` calls it goes on once per moment of market time.
 */
export function closeWhatMust(turn: Turn): void {
  for (const { position, listed } of listedPositions(turn.state)) {
    const { closing } = position;
    if (!closing) {
      if (turn.state.isFlattening) close(turn, listed, 'flatten');
      continue;
    }
    const mayCall = closing.attempts < callsMax || turn.at > closing.at;
    if (closing.status !== 'sending' && mayCall) close(turn, listed, closing.reason);
  }
}

/** Sends a close of all that the broker lists of a position. */
export function close(turn: Turn, listed: BrokerPosition, reason: string): void {
  if (turn.policy.mode === 'dry') return;
  const { ticket, symbol, volume } = listed;
  turn.record({ type: 'close-intended', ticket, reason });
  turn.act({ type: 'close', ticket, symbol, volume });
}

/** No position without a stop at the broker: a naked one gets it, or is closed. */
export function protectNaked(turn: Turn): void {
  for (const { position, listed } of listedPositions(turn.state)) {
    const { closing, protecting } = position;
    const isBusy = closing !== undefined || protecting?.status === 'sending';
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
