import type { CloseDetail, CloseType } from '../domain/account-event.ts';
import { unreachable } from '../domain/assert.ts';
import type { Instrument } from '../domain/instrument.ts';
import type { Quote } from '../domain/quote.ts';
import type { TrackedPosition } from './account-state.ts';
import { managementReasons } from './managed-position.ts';

type Market = { readonly quote?: Quote | undefined; readonly instrument?: Instrument | undefined };
type LastDeal = NonNullable<TrackedPosition['closed']['last']>;

/**
 * How a position ended, from its last closing deal: the broker's reason where it names SL, TP or stop-out; our own
 * close of all of it, for the position model or for a person; a price within half a spread and one point of SL or TP; else somebody else's.
 */
export function closeTypeOf(position: TrackedPosition, last: LastDeal, market: Market): CloseType {
  switch (last.reason) {
    case 'stop-loss':
      return 'SL_HIT';
    case 'take-profit':
      return 'TP_HIT';
    case 'stop-out':
      return 'STOP_OUT';
    case 'client':
    case 'expert':
    case 'other':
      return byOurselves(position) ?? byPrice(position, last.price, toleranceOf(market));
    default:
      return unreachable(last.reason);
  }
}

/** What a stop that was hit was for: `BE` where it stood at breakeven. */
export function closeDetailOf(
  { stopLoss, breakeven }: TrackedPosition,
  closeType: CloseType,
): CloseDetail | undefined {
  const isBreakeven = breakeven?.isSet === true && stopLoss === breakeven.stop;
  return closeType === 'SL_HIT' && isBreakeven ? 'BE' : undefined;
}

function byOurselves({ closing }: TrackedPosition): CloseType | undefined {
  if (!closing || closing.leaves !== undefined) return undefined;
  return closing.reason === managementReasons.exit ? 'ML_EXIT' : 'MANUAL';
}

function byPrice({ stopLoss, takeProfit }: TrackedPosition, exit: number, tolerance: number) {
  const isAt = (level: number | undefined) =>
    level !== undefined && Math.abs(exit - level) <= tolerance;
  if (isAt(stopLoss)) return 'SL_HIT';
  return isAt(takeProfit) ? 'TP_HIT' : 'EXTERNAL';
}

function toleranceOf({ quote, instrument }: Market): number {
  if (!instrument) return 0;
  const spread = quote ? quote.ask - quote.bid : instrument.spreadPoints * instrument.point;
  return 0.5 * spread + instrument.point;
}
