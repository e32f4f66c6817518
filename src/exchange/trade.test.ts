import { describe, expect, test } from 'vitest';
import {
  aBar,
  anAccount,
  atBar,
  priced,
  someTerms,
  steps,
} from '../../test/fixtures/simulated-market.ts';
import type { Side } from '../domain/order.ts';
import { simulatedSymbols } from './instruments.ts';
import { playBar } from './play-bar.ts';
import type { Booked } from './state.ts';
import { type ExchangeTerms, marketOf } from './terms.ts';
import { close, type EntryRequest, protect, submit } from './trade.ts';
import { accountView } from './valuation.ts';

const calm = aBar([1_000, 1_005, 995, 1_000]);

function anOrder(order: Partial<EntryRequest> = {}): EntryRequest {
  return { symbol: 'BTCUSD', side: 'buy', volume: steps(100), magic: 7, comment: 'mine', ...order };
}

function entered(terms: ExchangeTerms, order: Partial<EntryRequest> = {}) {
  return submit(anAccount(terms, calm), terms, anOrder(order));
}

function ticketOf({ state }: Booked): number {
  return state.positions[0]?.ticket ?? 0;
}

describe('an order', () => {
  test.each([
    ['of less than the smallest volume', { volume: steps(0) }, 10014],
    ['of more than the largest volume', { volume: steps(10_001) }, 10014],
    ['to buy with its SL at the bid', { stopLoss: priced(1_000) }, 10016],
    ['to buy with its TP at the bid', { takeProfit: priced(1_000) }, 10016],
    ['to buy with its SL a point below the bid', { stopLoss: priced(999.99) }, 10009],
    ['to sell with its SL at the ask', { side: 'sell', stopLoss: priced(1_010) }, 10016],
    [
      'to sell with its SL a point above the ask',
      { side: 'sell', stopLoss: priced(1_010.01) },
      10009,
    ],
    ['to sell with its TP above the ask', { side: 'sell', takeProfit: priced(1_011) }, 10016],
    ['that needs more than the free margin', { volume: steps(10_000) }, 10019],
  ] as const)('%s is answered %i', (_says, order, retcode) => {
    // At leverage 10 a lot at 1010 ties up 101: 10 000 is enough for 99 lots.
    const answer = entered(someTerms({}, { leverage: 10 }), order);
    expect(answer.retcode).toBe(retcode);
    expect(answer.deals).toHaveLength(retcode === 10009 ? 1 : 0);
  });

  test.each([
    ['just carries', 9_999, 10009],
    ['is a cent short of', 9_998.99, 10019],
  ])('may need the margin that the account %s', (_says, deposit, retcode) => {
    const terms = someTerms({}, { leverage: 10 });
    const order = anOrder({ volume: steps(9_900) });
    expect(submit(anAccount(terms, calm, deposit), terms, order).retcode).toBe(retcode);
  });

  test('keeps the distance of the stops level', () => {
    const terms = someTerms();
    const market = marketOf(terms, 'BTCUSD');
    const strict = {
      ...terms,
      markets: {
        BTCUSD: { ...market, instrument: { ...market.instrument, stopsLevelPoints: 500 } },
      },
    };
    expect(entered(strict, { stopLoss: priced(995.01) }).retcode).toBe(10016);
    expect(entered(strict, { stopLoss: priced(995) }).retcode).toBe(10009);
    expect(entered(strict, { takeProfit: priced(1_004.99) }).retcode).toBe(10016);
  });

  test('pays commission on each side, rounded per deal', () => {
    const terms = someTerms({ commissionPerLot: 3.333 });
    const opening = entered(terms, { volume: steps(150) });
    const closing = close(opening.state, terms, {
      ticket: ticketOf(opening),
      magic: 0,
      comment: '',
    });
    expect(opening.deals).toMatchObject([{ commission: -5 }]);
    expect(closing.deals).toMatchObject([{ commission: -5, profit: -15 }]);
    expect(closing.state.balance).toBe(9_975);
  });

  test('is refused where the symbol may only be closed', () => {
    const terms = someTerms();
    const market = marketOf(terms, 'BTCUSD');
    const disabled = {
      ...terms,
      markets: { BTCUSD: { ...market, instrument: { ...market.instrument, isTradable: false } } },
    };
    expect(entered(disabled).retcode).toBe(10018);
  });
});

describe('closing', () => {
  test('a part leaves the rest with its levels', () => {
    const terms = someTerms();
    const opening = entered(terms, { stopLoss: priced(900), takeProfit: priced(1_200) });
    const part = close(opening.state, terms, {
      ticket: ticketOf(opening),
      volume: steps(30),
      magic: 0,
      comment: '',
    });
    expect(part.state.positions).toMatchObject([
      { volume: 70, stopLoss: 900, takeProfit: 1_200, entry: 1_010 },
    ]);
    expect(part.deals).toMatchObject([
      { entry: 'out', volume: 30, profit: -3, positionTicket: ticketOf(opening) },
    ]);
  });

  test.each([
    ['a position that is not there', 1, undefined, 10036],
    ['more than there is', 0, 101, 10038],
    ['nothing', 0, 0, 10014],
  ])('%s is refused', (_says, ticketOffset, volume, retcode) => {
    const terms = someTerms();
    const opening = entered(terms);
    const answer = close(opening.state, terms, {
      ticket: ticketOf(opening) + ticketOffset,
      ...(volume === undefined ? {} : { volume: steps(volume) }),
      magic: 0,
      comment: '',
    });
    expect(answer.retcode).toBe(retcode);
    expect(answer.state).toBe(opening.state);
  });
});

describe('protecting', () => {
  const terms = someTerms();
  const opening = entered(terms, { stopLoss: priced(900), takeProfit: priced(1_200) });
  const ticket = ticketOf(opening);

  test('replaces both levels and can take one away', () => {
    const answer = protect(opening.state, terms, {
      ticket,
      stopLoss: priced(950),
      takeProfit: undefined,
    });
    expect(answer.retcode).toBe(10009);
    expect(answer.state.positions[0]).toMatchObject({ stopLoss: 950 });
    expect(answer.state.positions[0]).not.toHaveProperty('takeProfit');
  });

  test('with the levels that stand changes nothing', () => {
    const answer = protect(opening.state, terms, {
      ticket,
      stopLoss: priced(900),
      takeProfit: priced(1_200),
    });
    expect(answer.retcode).toBe(10025);
  });

  test('refuses a stop on the wrong side of the price', () => {
    const answer = protect(opening.state, terms, {
      ticket,
      stopLoss: priced(1_001),
      takeProfit: undefined,
    });
    expect(answer.retcode).toBe(10016);
  });
});

describe('a netting account', () => {
  const terms = someTerms({}, { isHedging: false });
  const at = (side: Side, volume: number) => anOrder({ side, volume: steps(volume) });

  test('adds to the position it has: one ticket, the mean entry', () => {
    const first = submit(anAccount(terms, calm), terms, at('buy', 100));
    const next = aBar([1_030, 1_031, 1_029, 1_030], { openTime: atBar(1) });
    const moved = playBar(first.state, terms, { symbol: 'BTCUSD', bar: calm, next });
    const second = submit(moved.state, terms, at('buy', 50));
    expect(second.state.positions).toMatchObject([
      { ticket: ticketOf(first), volume: 150, entry: 1_020 },
    ]);
  });

  test('reduces it by an opposite order', () => {
    const first = submit(anAccount(terms, calm), terms, at('buy', 100));
    const second = submit(first.state, terms, at('sell', 40));
    expect(second.state.positions).toMatchObject([{ side: 'buy', volume: 60 }]);
    expect(second.deals).toMatchObject([{ entry: 'out', profit: -4 }]);
  });

  test('is turned around by a larger one, in one deal', () => {
    const first = submit(anAccount(terms, calm), terms, at('buy', 100));
    const second = submit(first.state, terms, at('sell', 150));
    expect(second.state.positions).toMatchObject([{ side: 'sell', volume: 50, entry: 1_000 }]);
    expect(second.deals).toMatchObject([{ entry: 'inout', volume: 150, profit: -10 }]);
  });

  test.each([
    ['twice its volume frees as much as it needs', 200, 10009],
    ['three times its volume needs more than is free', 300, 10019],
  ])('is turned around at the price of margin: %s', (_says, volume, retcode) => {
    const tight = someTerms({}, { isHedging: false, leverage: 10 });
    const first = submit(anAccount(tight, calm, 150), tight, at('buy', 100));
    expect(submit(first.state, tight, at('sell', volume)).retcode).toBe(retcode);
  });

  test('is flat after the same volume the other way', () => {
    const first = submit(anAccount(terms, calm), terms, at('sell', 100));
    const second = submit(first.state, terms, at('buy', 100));
    expect(second.state.positions).toEqual([]);
    expect(second.state.balance).toBe(9_990);
  });
});

describe('a hedging account', () => {
  test('holds both sides, and both pay margin', () => {
    const terms = someTerms({}, { leverage: 10 });
    const long = entered(terms);
    const short = submit(long.state, terms, anOrder({ side: 'sell' }));
    expect(short.state.positions).toHaveLength(2);
    expect(accountView(short.state, terms)).toMatchObject({
      margin: 201,
      equity: 9_980,
      freeMargin: 9_779,
    });
  });
});

describe('a cent account', () => {
  test('has every amount a hundredfold', () => {
    const amounts = [false, true].map((cent) => {
      const scale = cent ? 100 : 1;
      const terms = someTerms({ cent, commissionPerLot: 7 * scale, swapLongPoints: -1_000 });
      const opened = submit(
        anAccount(terms, calm, 10_000 * scale),
        terms,
        anOrder({ stopLoss: priced(930) }),
      );
      const next = aBar([950, 951, 920, 940], { openTime: atBar(96) });
      const night = playBar(opened.state, terms, { symbol: 'BTCUSD', bar: calm, next });
      const view = accountView(night.state, terms);
      const closed = playBar(night.state, terms, { symbol: 'BTCUSD', bar: next, next: undefined });
      const [deal] = closed.deals;
      if (deal?.kind !== 'trade') throw new Error('the stop was hit');
      return [
        view.margin,
        view.equity,
        deal.profit,
        deal.swap,
        deal.commission,
        closed.state.balance,
      ];
    });
    const [dollars = [], cents = []] = amounts;
    expect(dollars).toEqual([10.1, 9_923, -80, -10, -7, 9_896]);
    expect(cents).toEqual(dollars.map((amount) => amount * 100));
  });

  test('keeps the cents of a cent that dollars round away', () => {
    const tenth = { volume: steps(1) };
    const dollars = close(entered(someTerms(), tenth).state, someTerms(), {
      ticket: 1_000_000_001,
      magic: 0,
      comment: '',
    });
    const cent = someTerms({ cent: true, spreadPoints: 1_001 });
    const cents = close(entered(cent, tenth).state, cent, {
      ticket: 1_000_000_001,
      magic: 0,
      comment: '',
    });
    expect(dollars.deals).toMatchObject([{ profit: -0.1 }]);
    expect(cents.deals).toMatchObject([{ profit: -10.01 }]);
  });
});

describe('the simulated symbols', () => {
  test.each([
    ['XAUUSD', 1, 3_000, 300_000],
    ['EURUSD', 1, 1.05, 105_000],
    ['BTCUSD', 1, 100_000, 100_000],
    ['BTCUSDc', 1, 100_000, 10_000_000],
  ])('%s: a lot is worth contract x price in the account currency', (name, lot, price, worth) => {
    const instrument = simulatedSymbols[name]?.instrument;
    if (instrument === undefined) throw new Error(`${name} is simulated`);
    const perLot = instrument.tickValue / instrument.tickSize;
    expect(lot * perLot * price).toBeCloseTo(worth, 3);
  });
});
