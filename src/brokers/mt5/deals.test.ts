import { afterEach, describe, expect, test } from 'vitest';
import { mt5Client, unhurried } from '../../../test/mt5-client.ts';
import {
  type Asked,
  aDeal,
  healthyTerminal,
  type Said,
  type Script,
  ScriptedTerminal,
} from '../../../test/scripted-terminal.ts';
import { epochMs } from '../../domain/units.ts';
import { systemClock } from '../../runtime/clock.ts';
import { SimulatedClock } from '../../runtime/simulated-clock.ts';
import { BrokerUnavailableError } from '../broker.ts';

let terminal: ScriptedTerminal | undefined;
afterEach(() => terminal?.close());

const history = 'GET /history/deals';
const opening = aDeal();
/** As the server's own close leaves it: neither magic nor comment. */
const closing = aDeal({
  ticket: 901,
  type: 1,
  entry: 1,
  magic: 0,
  comment: '',
  price: 99_990,
  commission: -1.5,
  profit: -3.15,
  swap: -0.2,
  time: 1_735_726_000,
  time_msc: 1_735_726_000_000,
});
const deposit = aDeal({
  ticket: 1,
  type: 2,
  magic: 0,
  position_id: 0,
  symbol: '',
  volume: 0,
  price: 0,
  profit: 10_000,
  commission: 0,
  fee: 0,
  comment: 'Deposit',
  time: 1_735_700_000,
  time_msc: 0,
});

function serving(deals: readonly ReturnType<typeof aDeal>[]): (asked: Asked) => Said {
  return ({ path }) => {
    const query = new URLSearchParams(path.split('?')[1]);
    const [from, to] = [Number(query.get('from')), Number(query.get('to'))];
    return { json: deals.filter(({ time }) => time >= from && time <= to) };
  };
}

async function clientOf(script: Script, options: Parameters<typeof mt5Client>[1] = {}) {
  terminal = await ScriptedTerminal.start({ ...healthyTerminal, ...script });
  return mt5Client(terminal.url, options);
}

const long = epochMs(0);

describe('deals', () => {
  test('are told in our units, oldest first, fees with the commission, deposits apart', async () => {
    const client = await clientOf({ [history]: { json: [closing, opening, deposit] } });
    await expect(client.deals(long, unhurried)).resolves.toEqual([
      { kind: 'balance', ticket: 1, at: 1_735_700_000_000, amount: 10_000, comment: 'Deposit' },
      {
        kind: 'trade',
        ticket: 900,
        positionTicket: 501,
        at: 1_735_725_000_500,
        entry: 'in',
        symbol: 'BTCUSD',
        side: 'buy',
        volume: 30,
        price: 100_000.5,
        profit: 0,
        swap: 0,
        commission: -2,
        reason: 'expert',
        comment: 'abcdefghijklmnopqrstuvwxyz',
        isOwned: true,
      },
      {
        kind: 'trade',
        ticket: 901,
        positionTicket: 501,
        at: 1_735_726_000_000,
        entry: 'out',
        symbol: 'BTCUSD',
        side: 'sell',
        volume: 30,
        price: 99_990,
        profit: -3.15,
        swap: -0.2,
        commission: -2,
        reason: 'expert',
        comment: '',
        isOwned: true,
      },
    ]);
  });

  test.each([
    ['balance', [2]],
    ['charge', [4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 21, 99]],
    ['nothing', [3, 6, 20]],
  ])('without a trade are told as %s', async (kind, types) => {
    const rows = types.map((type) => ({ ...deposit, ticket: 1 + type, type, profit: -7 }));
    const client = await clientOf({ [history]: { json: rows } });
    const deals = await client.deals(long, unhurried);
    const told = kind === 'nothing' ? [] : types.map((type) => ({ kind, ticket: 1 + type }));
    expect(deals).toMatchObject(told.map((each) => ({ ...each, amount: -7 })));
    expect(deals).toHaveLength(told.length);
  });

  test.each([
    [{ reason: 4 }, 'stop-loss'],
    [{ reason: 5 }, 'take-profit'],
    [{ reason: 6 }, 'stop-out'],
    [{ reason: 1 }, 'client'],
    [{ reason: 7 }, 'other'],
    [{ reason: 3, comment: '[sl 99990.00]' }, 'stop-loss'],
    [{ reason: undefined, comment: '[tp 102000.00]' }, 'take-profit'],
  ])('with %j closed for: %s', async (fields, reason) => {
    const client = await clientOf({ [history]: { json: [opening, { ...closing, ...fields }] } });
    const deals = await client.deals(long, unhurried);
    expect(deals.at(-1)).toMatchObject({ entry: 'out', reason });
  });

  test('of a close whose opening lies before the question are ours all the same', async () => {
    const client = await clientOf({ [history]: serving([deposit, opening, closing]) });
    const deals = await client.deals(epochMs(1_735_725_900_000), unhurried);
    expect(deals).toMatchObject([{ ticket: 901, isOwned: true }]);
    const questions = () => terminal?.askedFor(history).length;
    expect(questions()).toBe(2);
    await client.deals(epochMs(1_735_725_900_000), unhurried);
    expect(questions()).toBe(3);
  });

  test('of a position that no history knows are foreign, and are looked up once', async () => {
    const client = await clientOf({ [history]: { json: [closing] } });
    for (let time = 0; time < 2; time += 1) {
      const deals = await client.deals(long, unhurried);
      expect(deals).toMatchObject([{ ticket: 901, isOwned: false }]);
    }
    const questions = terminal?.askedFor(history).length;
    expect(questions).toBe(3);
  });

  test('of somebody else are foreign, whatever symbol they name', async () => {
    const foreign = [
      aDeal({ ticket: 30, position_id: 60, magic: 0, symbol: 'GONE', volume: 1.5 }),
      aDeal({
        ticket: 31,
        position_id: 60,
        magic: 0,
        symbol: 'GONE',
        volume: 1.5,
        type: 1,
        entry: 1,
      }),
    ];
    const client = await clientOf({ [history]: { json: foreign } });
    await expect(client.deals(long, unhurried)).resolves.toMatchObject([
      { ticket: 30, symbol: 'GONE', volume: 150, isOwned: false },
      { ticket: 31, symbol: 'GONE', volume: 150, isOwned: false },
    ]);
  });

  test('leave out what happened before the question, to the millisecond', async () => {
    const client = await clientOf({ [history]: { json: [opening, closing] } });
    await expect(client.deals(epochMs(1_735_725_000_501), unhurried)).resolves.toMatchObject([
      { ticket: 901 },
    ]);
  });

  test.each([
    ['ahead of ours', new SimulatedClock(1_000), 1_735_725_601 + 86_400],
    ['behind ours', systemClock, systemClock.now() / 1_000 + 86_400],
  ])(
    'are asked for up to a day past the newest moment of a market %s',
    async (_name, clock, to) => {
      const client = await clientOf({ [history]: { json: [opening] } }, { clock });
      await client.deals(long, unhurried);
      const query = new URLSearchParams(terminal?.askedFor(history)[0]?.path.split('?')[1]);
      expect(query.get('from')).toBe('1');
      expect(Number(query.get('to'))).toBeGreaterThanOrEqual(to);
      expect(Number(query.get('to'))).toBeLessThan(to + 60);
    },
  );
});

describe('an empty history', () => {
  test('means none when a healthy terminal gives it twice', async () => {
    const client = await clientOf({});
    await expect(client.deals(epochMs(1_735_700_000_000), unhurried)).resolves.toEqual([]);
    expect(terminal?.askedFor(history)).toHaveLength(2);
  });

  test('from the very beginning is still loading where there is money, for two minutes', async () => {
    const clock = new SimulatedClock(1_735_800_000_000);
    const client = await clientOf({}, { clock });
    const ask = () => client.deals(long, unhurried);
    await expect(ask()).rejects.toThrow(/account has money/);
    clock.advance(119_000);
    await expect(ask()).rejects.toThrow(/account has money/);
    clock.advance(1_000);
    await expect(ask()).resolves.toEqual([]);
  });

  test('begins to load anew after an answer that was not empty', async () => {
    const clock = new SimulatedClock(1_735_800_000_000);
    const [empty, found] = [{ json: [] }, { json: [opening] }];
    const client = await clientOf({ [history]: [empty, empty, found, empty] }, { clock });
    await expect(client.deals(long, unhurried)).rejects.toThrow(/account has money/);
    await expect(client.deals(long, unhurried)).resolves.toHaveLength(1);
    clock.advance(120_000);
    await expect(client.deals(long, unhurried)).rejects.toThrow(/account has money/);
  });

  test('that was a failed call is corrected by the second answer', async () => {
    const client = await clientOf({ [history]: [{ json: [] }, { json: [opening] }] });
    await expect(client.deals(long, unhurried)).resolves.toHaveLength(1);
  });

  test('is not believed without a connection to the broker', async () => {
    const client = await clientOf({
      'GET /terminal': { json: { connected: false, trade_allowed: true } },
    });
    await expect(client.deals(long, unhurried)).rejects.toThrow(BrokerUnavailableError);
  });
});
