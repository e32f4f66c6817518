import { afterEach, describe, expect, test } from 'vitest';
import { mt5Client, unhurried } from '../../../test/mt5-client.ts';
import {
  aDeal,
  aPosition,
  aSymbol,
  healthyTerminal,
  type Said,
  type Script,
  ScriptedTerminal,
  tradeResult,
} from '../../../test/scripted-terminal.ts';
import type { TradeOutcome } from '../../domain/order.ts';
import { steps } from '../../domain/units.ts';

let terminal: ScriptedTerminal | undefined;
afterEach(() => terminal?.close());

const notFound: Said = { status: 404, json: { error: 'Position 501 not found' } };
const standing = (volume: number): Said => ({ json: aPosition({ volume }) });
const closing = aDeal({
  ticket: 901,
  type: 1,
  entry: 1,
  magic: 0,
  comment: '',
  price: 99_000,
  time_msc: 1_735_725_500_000,
  reason: 4,
});

async function closed(script: Script, volume = 30): Promise<TradeOutcome> {
  terminal = await ScriptedTerminal.start({
    ...healthyTerminal,
    'GET /positions/501': standing(0.3),
    'GET /history/deals': { json: [aDeal(), closing] },
    ...script,
  });
  const client = mt5Client(terminal.url);
  return client.close({ ticket: 501, symbol: 'BTCUSD', volume: steps(volume) }, unhurried);
}

const byHistory = { ticket: 501, volume: 30, price: 99_000, at: 1_735_725_500_000 };

/** What DELETE answers, what the position looks like afterwards, and what follows. */
const answers: readonly (readonly [string, Said, Said, Readonly<Record<string, unknown>>])[] = [
  [
    '200 with 10009',
    { json: tradeResult() },
    notFound,
    { outcome: 'done', fill: { ticket: 501, volume: 30, price: 100_014 } },
  ],
  [
    "the other dialect's deal",
    { json: closing },
    notFound,
    { outcome: 'done', fill: { ticket: 501, volume: 30, price: 99_000 } },
  ],
  ['404 because the stop hit first', notFound, notFound, { outcome: 'done', fill: byHistory }],
  ['404 of a position that stands', notFound, standing(0.3), { outcome: 'not-sent' }],
  [
    '500 after a part was executed',
    { status: 500, json: { error: 'Failed to close position: Request partially executed' } },
    standing(0.12),
    { outcome: 'partial', fill: { ticket: 501, volume: 18 } },
  ],
  [
    '500 though all was executed',
    { status: 500, json: { error: 'Failed to close position: Request placed' } },
    notFound,
    { outcome: 'done', fill: byHistory },
  ],
  [
    '500 and nothing happened',
    { status: 500, json: { error: 'Failed to close position: Market closed' } },
    standing(0.3),
    { outcome: 'rejected', code: 0, reason: '500 Failed to close position: Market closed' },
  ],
  ['500 page', { status: 500, html: '<h1>no tick</h1>' }, standing(0.3), { outcome: 'unknown' }],
  [
    '504 and it was executed',
    { status: 504, json: { error: 'mt5 call timed out' } },
    notFound,
    { outcome: 'done', fill: byHistory },
  ],
  [
    '504 and nothing happened yet',
    { status: 504, json: { error: 'mt5 call timed out' } },
    standing(0.3),
    { outcome: 'unknown' },
  ],
  [
    'dropped connection and a smaller position',
    'drop',
    standing(0.1),
    { outcome: 'partial', fill: { ticket: 501, volume: 20 } },
  ],
  [
    '503',
    { status: 503, json: { error: 'queue depth 21 exceeds max 20' } },
    standing(0.3),
    { outcome: 'not-sent' },
  ],
  ['401 page', { status: 401, html: '' }, standing(0.3), { outcome: 'not-sent' }],
  [
    "the other dialect's refusal",
    { status: 400, json: { retcode: 10018, message: 'Market closed' } },
    standing(0.3),
    { outcome: 'rejected', code: 10018 },
  ],
  ['doubt and a terminal that is gone', 'drop', { status: 500, html: '' }, { outcome: 'unknown' }],
];

describe('closing a position', () => {
  test.each(answers)('answered by %s', async (_name, said, after, outcome) => {
    const script = { 'DELETE /positions/501': said, 'GET /positions/501': [standing(0.3), after] };
    await expect(closed(script)).resolves.toMatchObject(outcome);
    expect(terminal?.askedFor('DELETE')).toHaveLength(1);
  });

  test('says that its body is JSON: else the server closes all of it', async () => {
    const answer = { json: tradeResult({ volume: 0.1 }) };
    await expect(closed({ 'DELETE /positions/501': answer }, 10)).resolves.toMatchObject({
      outcome: 'done',
      fill: { volume: 10 },
    });
    expect(terminal?.askedFor('DELETE')).toMatchObject([
      { headers: { 'content-type': 'application/json' }, body: { volume: 0.1, deviation: 500 } },
    ]);
  });

  test('never asks for more than there is', async () => {
    await closed({ 'DELETE /positions/501': { json: tradeResult() } }, 99);
    expect(terminal?.askedFor('DELETE')).toMatchObject([{ body: { volume: 0.3 } }]);
  });

  test('of a part that was executed behind a 504 is done', async () => {
    const script = {
      'DELETE /positions/501': { status: 504, html: '' },
      'GET /positions/501': [standing(0.3), standing(0.2)],
    };
    await expect(closed(script, 10)).resolves.toEqual({
      outcome: 'done',
      fill: { ticket: 501, volume: 10 },
    });
  });

  test('is done when the position is gone already and the history shows how', async () => {
    const outcome = await closed({ 'GET /positions/501': notFound });
    expect(outcome).toEqual({ outcome: 'done', fill: byHistory });
    expect(terminal?.askedFor('DELETE')).toEqual([]);
    expect(terminal?.askedFor('GET /terminal')).not.toEqual([]);
  });

  test('is unknown when the position is gone and the history does not say how', async () => {
    const script = { 'GET /positions/501': notFound, 'GET /history/deals': { json: [aDeal()] } };
    await expect(closed(script)).resolves.toMatchObject({ outcome: 'unknown' });
  });

  test('does not believe a "not found" of a terminal without a connection', async () => {
    const offline = { json: { connected: false, trade_allowed: true } };
    const script = { 'GET /positions/501': notFound, 'GET /terminal': offline };
    await expect(closed(script)).resolves.toMatchObject({ outcome: 'not-sent' });
    expect(terminal?.askedFor('DELETE')).toEqual([]);
  });
});

describe('closing a position of a symbol without IOC', () => {
  const symbol = { json: aSymbol({ filling_mode: 1 }) };

  test('is an opposite order with its ticket', async () => {
    const script = {
      'GET /symbols/BTCUSDc': symbol,
      'POST /orders': { status: 201, json: tradeResult() },
    };
    await expect(closed(script)).resolves.toMatchObject({ outcome: 'done' });
    expect(terminal?.askedFor('DELETE')).toEqual([]);
    expect(terminal?.askedFor('POST')[0]?.body).toEqual({
      symbol: 'BTCUSDc',
      type: 'SELL',
      volume: 0.3,
      position: 501,
      deviation: 500,
      magic: 42,
      type_filling: 'FOK',
    });
  });

  test('that is closed meanwhile is done', async () => {
    const script = {
      'GET /symbols/BTCUSDc': symbol,
      'POST /orders': { json: tradeResult({ retcode: 10036, price: 0, volume: 0 }) },
      'GET /positions/501': [standing(0.3), notFound],
    };
    await expect(closed(script)).resolves.toEqual({ outcome: 'done', fill: byHistory });
  });

  test('in part for 10010 is what the position says', async () => {
    const script = {
      'GET /symbols/BTCUSDc': symbol,
      'POST /orders': { json: tradeResult({ retcode: 10010, volume: 0 }) },
      'GET /positions/501': [standing(0.3), standing(0.25)],
    };
    await expect(closed(script)).resolves.toMatchObject({
      outcome: 'partial',
      fill: { volume: 5 },
    });
  });
});
