import { describe, expect, test } from 'vitest';
import {
  aDecision,
  aFleet,
  anAccount,
  aPosition,
  aSignal,
  aTree,
} from '../../test/browser/fleet-builder.ts';
import { accountId, epochMs, money, price } from '../domain/units.ts';
import type { ConsoleEvent, ServerMessage } from './message.ts';
import { MessageError, parseClientMessage, parseServerMessage } from './parse-message.ts';

const head = { account: accountId('exness_main'), at: epochMs(1_735_900_200_000) };
const denial = { limit: 'daily-loss', observed: 0.041, allowed: 0.04 };
const side = 'sell' as const;
const symbol = 'BTCUSD';

const events: ConsoleEvent[] = [
  { type: 'market-time', at: head.at },
  {
    type: 'fleet-ordered',
    order: { state: 'halted', isKill: true, by: 'console', at: head.at },
  },
  { type: 'fleet-ordered' },
  { type: 'account-left', account: 'exness_main' },
  { type: 'tree-changed', tree: aTree('exness_main') },
  { type: 'actor-restarted', restart: { actor: 'market', reason: 'out of memory', at: head.at } },
  {
    type: 'config-changed',
    changes: [
      { key: 'risk_pct', account: 'exness_main', from: 3, to: 2.5 },
      { key: 'min_confidence', from: null, to: 0.5 },
    ],
  },
  {
    type: 'account-changed',
    account: anAccount('exness_main', {
      positions: [aPosition(), aPosition({ isOwned: false })],
      decision: aDecision(1, { verdict: 'denied', side, denial }),
      blockedBy: [denial],
    }),
  },
  { type: 'account-event', event: aSignal('exness_main', 3) },
  ...(
    [
      { type: 'started', epoch: 2, state: 'reducing', openPositions: 1 },
      { type: 'denied', trace: 'BTCUSD/M15/1', symbol, denial },
      {
        type: 'order',
        orderId: 'abc',
        symbol,
        side,
        lots: 0.1,
        stopLoss: price(99),
        takeProfit: price(97),
      },
      { type: 'order-failed', orderId: 'abc', outcome: 'rejected', reason: 'no money' },
      { type: 'fill', ticket: 7, symbol, side, lots: 0.1, entry: price(98) },
      {
        type: 'close',
        ticket: 7,
        symbol,
        side,
        lots: 0.1,
        exit: price(97),
        closeType: 'TP_HIT',
        profit: money(-1.5),
        rMultiple: 1.9,
      },
      { type: 'equity', balance: money(1), equity: money(2), currency: 'USC' },
      { type: 'guard-tripped', denial },
      { type: 'guard-cleared', limit: 'daily-loss' },
      { type: 'state-changed', from: 'active', to: 'halted', reason: 'a person' },
      { type: 'alert', reason: 'naked position' },
    ] as const
  ).map((event) => ({ type: 'account-event' as const, event: { ...head, ...event } })),
];

describe('what the engine says', () => {
  test.each(events.map((event) => [nameOf(event), event] as const))(
    '%s arrives as it was sent',
    (_, event) => {
      const message: ServerMessage = { type: 'event', sequence: 7, event };
      expect(parseServerMessage(JSON.stringify(message))).toEqual(message);
    },
  );

  test.each<ServerMessage>([
    { type: 'welcome', version: 1, engine: '0.1.0' },
    { type: 'snapshot', sequence: 3, fleet: aFleet(anAccount('a'), anAccount('b')) },
    { type: 'command-result', id: 'c', ok: false, error: 'there is no such account' },
    { type: 'command-result', id: 'c', ok: true },
    { type: 'heartbeat' },
    { type: 'error', code: 'wrong-token', message: 'wrong token' },
  ])('$type arrives as it was sent', (message) => {
    expect(parseServerMessage(JSON.stringify(message))).toEqual(message);
  });

  test('a figure that is no number does not cost the frame', () => {
    const event = {
      ...aSignal('exness_main', 1),
      confidence: Number.NaN,
      gap: Number.POSITIVE_INFINITY,
    };
    const frame = JSON.stringify({
      type: 'event',
      sequence: 1,
      event: { type: 'account-event', event },
    });
    expect(parseServerMessage(frame)).toMatchObject({
      event: { event: { confidence: Number.NaN, gap: Number.NaN } },
    });
  });

  test('a key of a newer engine is passed over', () => {
    expect(parseServerMessage('{"type":"heartbeat","load":0.2}')).toEqual({ type: 'heartbeat' });
  });

  test.each([
    ['a moment that is no whole number', { type: 'market-time', at: 1.5 }],
    [
      'a price of zero',
      {
        type: 'account-event',
        event: { ...head, type: 'fill', ticket: 1, symbol, side, lots: 1, entry: 0 },
      },
    ],
    [
      'a state that does not exist',
      { type: 'account-changed', account: { ...anAccount('a'), state: 'asleep' } },
    ],
    [
      'an amount that is no number',
      { type: 'account-changed', account: { ...anAccount('a'), equity: null } },
    ],
  ])('%s is refused', (_, event) => {
    const frame = JSON.stringify({ type: 'event', sequence: 1, event });
    expect(() => parseServerMessage(frame)).toThrow(MessageError);
  });
});

describe('what a client says', () => {
  test.each([
    { type: 'login', token: 'secret', version: 1 },
    { type: 'command', id: '1', command: 'flatten', target: 'exness_main' },
    { type: 'resync' },
  ])('$type is understood', (message) => {
    expect(parseClientMessage(JSON.stringify(message))).toEqual(message);
  });

  test.each([
    ['not JSON', '{', 'the frame is not JSON'],
    ['an unknown type', '{"type":"withdraw"}', 'type: '],
    [
      'an unknown command',
      '{"type":"command","id":"1","command":"sell","target":"a"}',
      'command: ',
    ],
    ['no target', '{"type":"command","id":"1","command":"pause"}', 'target: '],
    [
      'a target without end',
      `{"type":"command","id":"1","command":"pause","target":"${'a'.repeat(201)}"}`,
      'target: ',
    ],
    ['a key too many', '{"type":"resync","now":true}', 'the frame: '],
    ['a list', '[]', 'the frame: '],
    ['nothing', '', 'the frame is not JSON'],
  ])('%s is refused with its place', (_, frame, place) => {
    expect(() => parseClientMessage(frame)).toThrow(MessageError);
    expect(() => parseClientMessage(frame)).toThrow(place);
  });

  test('a token is never repeated in the refusal', () => {
    const frame = JSON.stringify({ type: 'login', token: 'my-secret', version: 'one' });
    expect(() => parseClientMessage(frame)).toThrow(/^version: /);
    expect(() => parseClientMessage(frame)).not.toThrow(/my-secret/);
  });
});

function nameOf(event: ConsoleEvent): string {
  return event.type === 'account-event' ? `account-event ${event.event.type}` : event.type;
}
