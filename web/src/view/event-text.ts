import type { AccountEvent, Denial } from '../engine/dashboard-store.ts';
import { figure, percent, result } from './format.ts';

export type EventText = { readonly word: string; readonly tone: string; readonly text: string };

/** What happened, in a word, its meaning as a colour, and the facts. */
export function eventText(event: AccountEvent): EventText {
  switch (event.type) {
    case 'started':
      return neutral('start', `${event.state}, ${event.openPositions} open`);
    case 'signal':
      return neutral(
        'signal',
        `${event.side} ${event.symbol}, ${percent(event.confidence)}, ${event.votes} votes`,
      );
    case 'denied':
      return warning('denied', `${event.symbol}: ${denialText(event.denial)}`);
    case 'order':
      return neutral(
        'order',
        `${event.side} ${figure(event.lots)} ${event.symbol}, SL ${figure(event.stopLoss)}, TP ${figure(event.takeProfit)}`,
      );
    case 'order-failed':
      return warning('order', `${event.outcome}: ${event.reason}`);
    case 'fill':
      return neutral(
        'fill',
        `${event.side} ${figure(event.lots)} ${event.symbol} at ${figure(event.entry)}`,
      );
    case 'close':
      return closeText(event);
    case 'equity':
      return neutral('equity', `${figure(event.equity)} ${event.currency}`);
    case 'guard-tripped':
      return warning('guard', `blocks entries: ${denialText(event.denial)}`);
    case 'guard-cleared':
      return neutral('guard', `${event.limit} is clear again`);
    case 'state-changed':
      return stateText(event);
    case 'alert':
      return { word: 'alert', tone: 'text-stop', text: event.reason };
    default:
      return event satisfies never;
  }
}

function neutral(word: string, text: string): EventText {
  return { word, tone: 'text-soft', text };
}

function warning(word: string, text: string): EventText {
  return { word, tone: 'text-warn', text };
}

function closeText(event: Extract<AccountEvent, { type: 'close' }>): EventText {
  const { closeType, symbol, profit, rMultiple } = event;
  return {
    word: 'close',
    tone: profit < 0 ? 'text-loss' : 'text-gain',
    text: `${closeType} ${symbol}, ${result(profit)} (${result(rMultiple)} R)`,
  };
}

function stateText(event: Extract<AccountEvent, { type: 'state-changed' }>): EventText {
  const tones = {
    active: 'text-gain',
    paused: 'text-warn',
    reducing: 'text-warn',
    halted: 'text-stop',
  };
  return {
    word: 'state',
    tone: tones[event.to],
    text: `${event.from} → ${event.to}: ${event.reason}`,
  };
}

function denialText({ limit, observed, allowed }: Denial): string {
  return `${limit} ${figure(observed)}, allowed ${figure(allowed)}`;
}
