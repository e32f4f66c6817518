import type { AccountEvent, Denial } from '../domain/account-event.ts';
import { numberText, priceText, resultText } from '../protocol/amount-text.ts';

/**
 * What the chat of an account is told about an event, in one short sentence; undefined for events that are for the
 * log and the console alone.
 *
 * @param currency the account's own, where it is known
 */
export function alertText(event: AccountEvent, currency = ''): string | undefined {
  const { account } = event;
  switch (event.type) {
    case 'started':
      return `${account} ${startText(event)}`;
    case 'fill':
      return `${account} opened ${tradeText(event)} at ${priceText(event.entry)} (ticket ${event.ticket})`;
    case 'close':
      return `${account} closed ${closeText(event, currency)}`;
    case 'guard-tripped':
      return `${account} guard tripped, entries are blocked: ${denialText(event.denial)}`;
    case 'guard-cleared':
      return `${account} guard cleared: ${event.limit}`;
    case 'state-changed':
      return `${account} is ${event.to} now, was ${event.from}: ${event.reason}`;
    case 'alert':
      return `${account} ALERT: ${event.reason}`;
    default:
      return undefined;
  }
}

/** A limit with both numbers, in the limit's own unit. */
export function denialText({ limit, observed, allowed }: Denial): string {
  return `${limit} ${numberText(observed)}, allowed ${numberText(allowed)}`;
}

type EventOf<Type extends AccountEvent['type']> = Extract<AccountEvent, { type: Type }>;

/** The first incarnation starts, every later one is a restart. */
function startText({ epoch, state, openPositions }: EventOf<'started'>): string {
  const how = epoch > 1 ? `started again (epoch ${epoch})` : 'started';
  const positions = openPositions === 1 ? '1 open position' : `${openPositions} open positions`;
  return `${how}: ${state}, ${positions}`;
}

function closeText(event: EventOf<'close'>, currency: string): string {
  const { exit, closeType, profit, rMultiple, ticket } = event;
  const result = `${resultText(profit)} ${currency}`.trim();
  return `${tradeText(event)} at ${priceText(exit)}, ${closeType}: ${result}, ${resultText(rMultiple)} R (ticket ${ticket})`;
}

function tradeText({ side, lots, symbol }: EventOf<'fill' | 'close'>): string {
  return `${side} ${lots} lots ${symbol}`;
}
