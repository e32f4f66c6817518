import type {
  AccountSnapshot,
  DecisionSnapshot,
  PositionSnapshot,
} from '../domain/account-snapshot.ts';
import type { AccountId } from '../domain/units.ts';
import { amountText, momentText, priceText, resultText } from '../protocol/amount-text.ts';
import { denialText } from './alert-text.ts';

/** The answer to /status for one account. */
export function statusText(account: AccountId, snapshot: AccountSnapshot | undefined): string {
  if (snapshot === undefined) return `${account}: no state yet, it is starting`;
  const { state, stateReason, currency, balance, equity, dayResult, positions } = snapshot;
  const because = state === 'active' || stateReason === '' ? '' : ` (${stateReason})`;
  return [
    `${account}: ${state}${because}, market time ${momentText(snapshot.at)} UTC`,
    `equity ${amountText(equity)} ${currency}, balance ${amountText(balance)} ${currency}`,
    `today ${resultText(dayResult)} ${currency}`,
    ...positions.map((position) => positionText(position, currency)),
    ...(positions.length === 0 ? ['no open position'] : []),
    ...snapshot.blockedBy.map((denial) => `entries blocked: ${denialText(denial)}`),
    ...(snapshot.decision === undefined ? [] : [decisionText(snapshot.decision)]),
  ].join('\n');
}

function positionText(position: PositionSnapshot, currency: string): string {
  const { side, lots, symbol, entry, stopLoss, takeProfit, profit, ticket, isOwned } = position;
  const stops = [
    stopLoss === undefined ? 'NO STOP' : `SL ${priceText(stopLoss)}`,
    ...(takeProfit === undefined ? [] : [`TP ${priceText(takeProfit)}`]),
  ].join(', ');
  const owner = isOwned ? '' : ', not ours';
  return `open ${side} ${lots} lots ${symbol} at ${priceText(entry)}, ${stops}, ${resultText(profit)} ${currency} (ticket ${ticket}${owner})`;
}

function decisionText({ at, verdict, side, confidence, denial }: DecisionSnapshot): string {
  const wanted = side === undefined ? '' : ` ${side}, confidence ${confidence.toFixed(3)}`;
  const because = denial === undefined ? '' : `, ${denialText(denial)}`;
  return `last decision ${momentText(at)} UTC: ${verdict}${wanted}${because}`;
}
