import { afterEach, describe, expect, test } from 'vitest';
import {
  anOrder,
  closeTerminals,
  replayFrom,
  startTerminal,
  type Wire,
} from '../../test/fixtures/simulated-terminal.ts';

const from = replayFrom / 1_000;

afterEach(closeTerminals);

describe('trading', () => {
  test('an order opens a position, is in the history and closes at its TP', async () => {
    const { get, send, control } = await startTerminal({ costs: { commissionPerLot: 4 } });
    const answer = await send('POST', '/orders', { ...anOrder, tp: 1_020 });
    expect(answer.status).toBe(201);
    const result = JSON.parse(answer.text) as Wire;
    expect(result).toMatchObject({
      retcode: 10_009,
      volume: 0.5,
      price: 1_010,
      bid: 1_000,
      ask: 1_010,
    });
    expect(result.request).toHaveLength(17);
    const position = {
      ticket: result.order,
      identifier: result.order,
      type: 0,
      volume: 0.5,
      price_open: 1_010,
      price_current: 1_000,
      sl: 900,
      tp: 1_020,
      profit: -5,
      swap: 0,
      magic: 20_250_101,
      comment: anOrder.comment,
      symbol: 'BTCUSD',
      time: from,
      time_msc: replayFrom,
    };
    expect(await get('/positions')).toMatchObject([position]);
    expect(await get(`/positions/${result.order}`)).toMatchObject(position);
    expect(await get('/positions?symbol=OTHER')).toEqual([]);
    expect(await get('/orders')).toEqual([]);
    await control('POST', 'advance', { step: 25 });
    expect(await get('/positions')).toEqual([]);
    const deals = await get<Wire[]>(`/history/deals?from=${from}&to=${from + 86_400}`);
    expect(deals).toMatchObject([
      { type: 2, profit: 10_000, symbol: '', volume: 0 },
      {
        type: 0,
        entry: 0,
        position_id: result.order,
        order: result.order,
        commission: -2,
        magic: 20_250_101,
      },
      {
        type: 1,
        entry: 1,
        position_id: result.order,
        price: 1_020,
        profit: 5,
        commission: -2,
        reason: 5,
        comment: '[tp 1020.00]',
      },
    ]);
    expect(await get('/account')).toMatchObject({ balance: 10_001, equity: 10_001 });
    expect(await get(`/history/orders?from=${from}&to=${from + 86_400}`)).toMatchObject([
      {
        ticket: result.order,
        position_id: result.order,
        state: 4,
        type: 0,
        volume_initial: 0.5,
      },
      { position_id: result.order, state: 4, type: 1, reason: 5 },
    ]);
  });

  test.each<[string, Wire, number, string]>([
    ['without a symbol', { symbol: undefined }, 400, "'symbol' is required"],
    ['without a volume', { volume: undefined }, 400, "'volume' is required"],
    ['of an unknown type', { type: 'HOLD' }, 400, 'Invalid type: HOLD'],
    ['for an unknown symbol', { symbol: 'NONE' }, 404, 'Symbol NONE not found'],
    [
      'with a comment of 27',
      { comment: 'x'.repeat(27) },
      500,
      `order_send failed: (-2, 'Invalid "comment" argument')`,
    ],
    [
      'with brackets in its comment',
      { comment: '[sl]' },
      500,
      `order_send failed: (-2, 'Invalid "comment" argument')`,
    ],
  ])('an order %s is answered %s', async (_says, change, status, error) => {
    const answer = await (await startTerminal()).send('POST', '/orders', { ...anOrder, ...change });
    expect([answer.status, JSON.parse(answer.text)]).toEqual([status, { error }]);
  });

  test.each<[string, Wire, number]>([
    ['off the volume grid', { volume: 0.30000000000000004 }, 10_014],
    ['of no volume', { volume: 0 }, 10_014],
    ['of too much', { volume: 101 }, 10_014],
    ['with its SL above the bid', { sl: 1_001 }, 10_016],
    ['with a level off the price grid', { sl: 900.001 }, 10_016],
    ['that the margin does not carry', { volume: 100, sl: 0 }, 10_019],
    ['to be filled by RETURN', { type_filling: 'RETURN' }, 10_030],
    ['that pends', { type: 'BUY_LIMIT', price: 900 }, 10_035],
    ['for a position that is gone', { position: 12 }, 10_036],
  ])('an order %s is answered 200 with a retcode', async (_says, change, retcode) => {
    const { send, get } = await startTerminal({ account: { leverage: 1 } });
    const answer = await send('POST', '/orders', { ...anOrder, ...change });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({ retcode, deal: 0, order: 0, volume: 0 });
    expect(await get('/positions')).toEqual([]);
  });

  test.each<[string, unknown, Record<string, string>, number]>([
    ['null as SL', { ...anOrder, sl: null }, {}, 500],
    ['a number as type', { ...anOrder, type: 0 }, {}, 500],
    ['malformed JSON', '{"symbol":', {}, 400],
    ['no JSON content type', anOrder, { 'Content-Type': 'text/plain' }, 415],
  ])('%s is answered by HTML', async (_says, body, headers, status) => {
    const answer = await (await startTerminal()).send('POST', '/orders', body, headers);
    expect(answer).toMatchObject({ status, type: expect.stringMatching(/^text\/html/) });
  });

  test('numbers may come as text, and a type in any case', async () => {
    const answer = await (await startTerminal()).send('POST', '/orders', {
      ...anOrder,
      type: 'buy',
      volume: '0.01',
    });
    expect(JSON.parse(answer.text)).toMatchObject({ retcode: 10_009, volume: 0.01 });
  });

  test('an opposite order with the ticket closes a part, with its own magic and comment', async () => {
    const { send, get } = await startTerminal();
    const { order } = JSON.parse((await send('POST', '/orders', anOrder)).text) as {
      order: number;
    };
    const closing = {
      symbol: 'BTCUSD',
      type: 'SELL',
      volume: 0.2,
      position: order,
      magic: 9,
      comment: 'part',
    };
    expect(JSON.parse((await send('POST', '/orders', closing)).text)).toMatchObject({
      retcode: 10_009,
      price: 1_000,
    });
    expect(await get('/positions')).toMatchObject([{ ticket: order, volume: 0.3 }]);
    const deals = await get<Wire[]>(`/history/deals?from=${from}&to=${from + 60}`);
    expect(deals.at(-1)).toMatchObject({
      entry: 1,
      magic: 9,
      comment: 'part',
      volume: 0.2,
      position_id: order,
    });
    const wrong = await send('POST', '/orders', { ...closing, type: 'BUY' });
    expect(JSON.parse(wrong.text)).toMatchObject({ retcode: 10_013 });
    const tooMuch = await send('POST', '/orders', { ...closing, volume: 0.4 });
    expect(JSON.parse(tooMuch.text)).toMatchObject({ retcode: 10_038 });
  });

  test('DELETE closes the volume of a JSON body, and all of it when the body does not say that it is JSON', async () => {
    const { send, get } = await startTerminal();
    const { order } = JSON.parse((await send('POST', '/orders', anOrder)).text) as {
      order: number;
    };
    expect((await send('DELETE', `/positions/${order}`, { volume: 0.1 })).status).toBe(200);
    expect(await get('/positions')).toMatchObject([{ volume: 0.4 }]);
    const plain = { 'Content-Type': 'text/plain' };
    expect((await send('DELETE', `/positions/${order}`, { volume: 0.1 }, plain)).status).toBe(200);
    expect(await get('/positions')).toEqual([]);
    const deals = await get<Wire[]>(`/history/deals?from=${from}&to=${from + 60}`);
    expect(deals.at(-1)).toMatchObject({ magic: 0, comment: '', entry: 1 });
    expect(await send('DELETE', `/positions/${order}`)).toMatchObject({
      status: 404,
      text: `{"error":"Position ${order} not found"}`,
    });
  });

  test('PUT keeps the level that is missing, removes one by 0, and hides every retcode in a 500', async () => {
    const { send, get } = await startTerminal();
    const { order } = JSON.parse((await send('POST', '/orders', anOrder)).text) as {
      order: number;
    };
    const path = `/positions/${order}`;
    expect((await send('PUT', path, { sl: 950 })).status).toBe(200);
    expect(await get(path)).toMatchObject({ sl: 950, tp: 1_200 });
    expect((await send('PUT', path, { tp: 0 })).status).toBe(200);
    expect(await get(path)).toMatchObject({ sl: 950, tp: 0 });
    expect(await send('PUT', path, { sl: 950 })).toMatchObject({
      status: 500,
      text: '{"error":"Failed to update position: No changes"}',
    });
    expect(await send('PUT', path, { sl: 2_000 })).toMatchObject({
      status: 500,
      text: '{"error":"Failed to update position: Invalid stops"}',
    });
    expect(await send('PUT', path)).toMatchObject({
      status: 400,
      text: '{"error":"Request body required"}',
    });
    expect(await send('PUT', '/positions/12', { sl: 1 })).toMatchObject({ status: 404 });
  });

  test('a netting account holds one position per symbol', async () => {
    const { send, get } = await startTerminal({ account: { isHedging: false } });
    await send('POST', '/orders', anOrder);
    await send('POST', '/orders', { ...anOrder, type: 'SELL', volume: 0.8, sl: 1_100, tp: 900 });
    expect(await get('/positions')).toMatchObject([{ type: 1, volume: 0.3, sl: 1_100, tp: 900 }]);
    expect(await get('/account')).toMatchObject({ margin_mode: 0 });
    const deals = await get<Wire[]>(`/history/deals?from=${from}&to=${from + 60}`);
    expect(deals.at(-1)).toMatchObject({ entry: 2, volume: 0.8 });
  });
});
