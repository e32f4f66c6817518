import { afterEach, describe, expect, test } from 'vitest';
import { mt5Client, unhurried } from '../../../test/mt5-client.ts';
import {
  aPosition,
  healthyTerminal,
  type Said,
  type Script,
  ScriptedTerminal,
  tradeResult,
} from '../../../test/scripted-terminal.ts';
import type { TradeOutcome } from '../../domain/order.ts';
import { price } from '../../domain/units.ts';
import type { ProtectRequest } from '../broker.ts';

let terminal: ScriptedTerminal | undefined;
afterEach(() => terminal?.close());

const naked: Said = { json: aPosition({ sl: 0, tp: 0 }) };
const safe: Said = { json: aPosition({ sl: 98_000, tp: 103_000 }) };
const notFound: Said = { status: 404, json: { error: 'Position 501 not found' } };
const failed = (text: string): Said => ({
  status: 500,
  json: { error: `Failed to update position: ${text}` },
});

async function protectedBy(
  script: Script,
  fields: Partial<ProtectRequest> = {},
): Promise<TradeOutcome> {
  terminal = await ScriptedTerminal.start({ ...healthyTerminal, ...script });
  const levels = { stopLoss: price(98_000), takeProfit: price(103_000), ...fields };
  return mt5Client(terminal.url).protect({ ticket: 501, symbol: 'BTCUSD', ...levels }, unhurried);
}

const answers: readonly (readonly [string, Said, Said, Readonly<Record<string, unknown>>])[] = [
  [
    '200, and the levels stand',
    { json: tradeResult() },
    safe,
    { outcome: 'done', fill: { ticket: 501, volume: 30 } },
  ],
  ["the other dialect's position, and the levels stand", safe, safe, { outcome: 'done' }],
  ['200, and they do not stand', { json: tradeResult() }, naked, { outcome: 'unknown' }],
  ['500 "No changes", and they stand', failed('No changes'), safe, { outcome: 'done' }],
  ['500, and they stand all the same', failed('Request placed'), safe, { outcome: 'done' }],
  [
    '500, and they do not stand',
    failed('Invalid stops'),
    naked,
    { outcome: 'rejected', code: 0, reason: '500 Failed to update position: Invalid stops' },
  ],
  [
    "the other dialect's refusal",
    { status: 400, json: { retcode: 10016, message: 'no' } },
    naked,
    { outcome: 'rejected', code: 10016 },
  ],
  ['504, and they stand', { status: 504, html: '' }, safe, { outcome: 'done' }],
  ['504, and they do not stand yet', { status: 504, html: '' }, naked, { outcome: 'unknown' }],
  ['dropped connection, and they stand', 'drop', safe, { outcome: 'done' }],
  [
    '503',
    { status: 503, json: { error: 'could not acquire MT5 lock' } },
    naked,
    { outcome: 'not-sent' },
  ],
  ['404 because a stop hit first', notFound, notFound, { outcome: 'rejected', code: 10036 }],
  [
    '200, and a terminal that is gone',
    { json: tradeResult() },
    { status: 401, html: '' },
    { outcome: 'unknown' },
  ],
];

describe('protecting a position', () => {
  test.each(answers)('answered by %s', async (_name, said, after, outcome) => {
    const script = { 'PUT /positions/501': said, 'GET /positions/501': [naked, after] };
    await expect(protectedBy(script)).resolves.toMatchObject(outcome);
    expect(terminal?.askedFor('PUT')).toHaveLength(1);
    expect(terminal?.askedFor('PUT')[0]?.body).toEqual({ sl: 98_000, tp: 103_000 });
  });

  test('sends nothing when it stands so already, however the server rounds', async () => {
    const noisy = { json: aPosition({ sl: 98_000.000000001, tp: 103_000 }) };
    await expect(protectedBy({ 'GET /positions/501': noisy })).resolves.toMatchObject({
      outcome: 'done',
    });
    expect(terminal?.askedFor('PUT')).toEqual([]);
  });

  test('leaves the TP alone when none is given', async () => {
    terminal = await ScriptedTerminal.start({
      ...healthyTerminal,
      'GET /positions/501': [{ json: aPosition() }, { json: aPosition({ sl: 98_000 }) }],
      'PUT /positions/501': { json: tradeResult() },
    });
    const request = { ticket: 501, symbol: 'BTCUSD', stopLoss: price(98_000) };
    await expect(mt5Client(terminal.url).protect(request, unhurried)).resolves.toMatchObject({
      outcome: 'done',
    });
    expect(terminal.askedFor('PUT')[0]?.body).toEqual({ sl: 98_000 });
  });

  test('is rejected as closed when the position is gone', async () => {
    await expect(protectedBy({ 'GET /positions/501': notFound })).resolves.toEqual({
      outcome: 'rejected',
      code: 10036,
      reason: '10036 position is closed already',
    });
  });

  test('is not sent when the position cannot be read', async () => {
    await expect(
      protectedBy({ 'GET /positions/501': { status: 401, html: '' } }),
    ).resolves.toMatchObject({ outcome: 'not-sent' });
  });
});
