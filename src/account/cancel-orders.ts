import type { TradeOutcome } from '../domain/order.ts';
import { callsMax } from './settled.ts';
import type { Turn } from './turn.ts';

const retryAfterMs = 1_000;

/**
 * While flat is wanted, whatever of ours pends at the broker is cancelled, until the broker lists none: it could fill
 * when everything else is closed. After `callsMax` calls one more goes out per moment of market time.
 */
export function cancelWhatPends(turn: Turn): void {
  const { isFlattening, cancelling } = turn.state;
  if (!isFlattening || isCancelled(turn) || cancelling?.status === 'sending') return;
  if (cancelling && cancelling.attempts >= callsMax && turn.at <= cancelling.at) return;
  turn.record({ type: 'cancel-intended' });
  turn.act({ type: 'cancel-orders' });
}

/** The broker lists no order of ours that pends. A dry account has none. */
export function isCancelled({ state: { cancelling }, policy }: Turn): boolean {
  return policy.mode === 'dry' || cancelling?.status === 'done';
}

export function answerCancel(turn: Turn, outcome: TradeOutcome): void {
  const { cancelling } = turn.state;
  if (cancelling?.status !== 'sending') return;
  const reason = 'reason' in outcome ? outcome.reason : outcome.outcome;
  const isDone = outcome.outcome === 'done';
  const failed = outcome.outcome === 'unknown' ? 'unknown' : 'failed';
  turn.record({ type: 'cancel-answered', answer: { outcome: isDone ? 'done' : failed, reason } });
  if (!isDone && cancelling.attempts === callsMax) {
    turn.announce({ type: 'alert', reason: `cannot cancel what pends at the broker: ${reason}` });
  }
  turn.reconcile({ afterMs: isDone ? 0 : retryAfterMs });
}
