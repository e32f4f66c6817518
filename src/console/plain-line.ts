import type { AccountEvent, Denial } from '../domain/account-event.ts';
import { unreachable } from '../domain/assert.ts';
import {
  amountText,
  momentText,
  numberText,
  priceText,
  resultText,
} from '../protocol/amount-text.ts';

/**
 * What a running engine prints of an account: one line that begins with the kind of event (`signal`, `denied`,
 * `order`, `fill`, `close`, `equity`, `state`, `guard`, `alert`), then the account, the market time in UTC, the facts.
 */
export function plainLine(event: AccountEvent): string {
  const [word, facts] = told(event);
  return `${word.padEnd(7)} ${event.account} ${momentText(event.at)} ${oneLine(facts)}`;
}

function told(event: AccountEvent): [word: string, facts: string] {
  switch (event.type) {
    case 'started':
      return ['state', `started ${event.state}, ${event.openPositions} open, epoch ${event.epoch}`];
    case 'signal':
      return ['signal', signalFacts(event)];
    case 'denied':
      return ['denied', `${event.symbol} ${denialFacts(event.denial)}`];
    case 'order':
      return ['order', orderFacts(event)];
    case 'order-failed':
      return ['order', `${event.outcome}: ${event.reason} id ${event.orderId}`];
    case 'fill':
      return ['fill', `${tradeFacts(event)} at ${priceText(event.entry)} ticket ${event.ticket}`];
    case 'close':
      return ['close', closeFacts(event)];
    case 'equity':
      return ['equity', equityFacts(event)];
    case 'guard-tripped':
      return ['guard', `tripped ${denialFacts(event.denial)}`];
    case 'guard-cleared':
      return ['guard', `cleared ${event.limit}`];
    case 'state-changed':
      return ['state', `${event.from} -> ${event.to}: ${event.reason}`];
    case 'alert':
      return ['alert', event.reason];
    default:
      return unreachable(event);
  }
}

type EventOf<Type extends AccountEvent['type']> = Extract<AccountEvent, { type: Type }>;

function signalFacts({ side, symbol, confidence, gap, votes }: EventOf<'signal'>): string {
  return `${side} ${symbol} confidence ${confidence.toFixed(3)} gap ${gap.toFixed(3)} votes ${votes}`;
}

function orderFacts(event: EventOf<'order'>): string {
  const stops = `SL ${priceText(event.stopLoss)} TP ${priceText(event.takeProfit)}`;
  return `${tradeFacts(event)} ${stops} id ${event.orderId}`;
}

function closeFacts(event: EventOf<'close'>): string {
  const { exit, closeType, profit, rMultiple, ticket } = event;
  const result = `profit ${resultText(profit)} (${resultText(rMultiple)} R)`;
  return `${tradeFacts(event)} at ${priceText(exit)} ${closeType} ${result} ticket ${ticket}`;
}

function equityFacts({ balance, equity, currency }: EventOf<'equity'>): string {
  return `${amountText(equity)} ${currency}, balance ${amountText(balance)} ${currency}`;
}

function tradeFacts({ side, lots, symbol }: EventOf<'order' | 'fill' | 'close'>): string {
  return `${side} ${lots} ${symbol}`;
}

function denialFacts({ limit, observed, allowed }: Denial): string {
  return `${limit}: ${numberText(observed)}, allowed ${numberText(allowed)}`;
}

/** Reasons may come from a broker: they cannot begin a line of their own. */
function oneLine(facts: string): string {
  return facts.replace(/\s+/g, ' ');
}
