import { describe, expect, test } from 'vitest';
import { randomBars } from '../../test/random-bars.ts';
import type { CloseRequest, ProtectRequest } from '../brokers/broker.ts';
import { mt5Terminal } from '../brokers/mt5/terminal.ts';
import type { Bar } from '../domain/bar.ts';
import type { Order, TradeOutcome } from '../domain/order.ts';
import { orderIdOf } from '../domain/order-identity.ts';
import { epochMs, type Money, type Price, type Steps } from '../domain/units.ts';
import { simulatedSymbols } from '../exchange/instruments.ts';
import type { ExchangeTerms } from '../exchange/terms.ts';
import { systemClock } from '../runtime/clock.ts';
import { seededRandom } from '../runtime/seeded-random.ts';
import { httpAnswer, wireRequest } from '../simulation/simulated-broker.ts';
import { replayedBars } from '../terminal-simulator/bar-source.ts';
import { handle } from '../terminal-simulator/routes.ts';
import { Terminal } from '../terminal-simulator/terminal.ts';
import { wireTime } from '../terminal-simulator/wire-time.ts';
import { type BrokerLook, ExchangeBroker } from './exchange-broker.ts';

const symbol = 'BTCUSD';
const magic = 20_250_101;
const deposit = 500_000 as Money;
const bars = randomBars({ count: 240, seed: 5 });
const first = 10;

function termsOf(isHedging: boolean): ExchangeTerms {
  const instrument = simulatedSymbols['BTCUSDc']?.instrument;
  if (!instrument) throw new Error('BTCUSDc is simulated');
  return {
    account: { login: 7, currency: 'USC', currencyDigits: 2, leverage: 100, isHedging },
    markets: {
      [symbol]: {
        instrument: { ...instrument, stopsLevelPoints: 50 },
        barMs: 900_000,
        intrabar: 'path',
        slippagePoints: 30,
        commissionPerLot: 3.5,
        swapLongPoints: -300,
        swapShortPoints: 100,
      },
    },
  };
}

type Wired = ReturnType<typeof wired>;

/** The whole way: adapter, wire, simulator. */
function wired(terms: ExchangeTerms) {
  const source = replayedBars({
    bars,
    from: epochMs(bars[first]?.openTime ?? 0),
    identity: 'test',
  });
  const terminal = new Terminal({ booksPath: ':memory:', source, symbol, terms, deposit });
  const desk = { terminal, time: wireTime({ brokerMs: 0, configuredMs: 0 }) };
  const adapter = mt5Terminal({
    url: 'http://terminal',
    token: undefined,
    symbols: { [symbol]: 'BTCUSDc' },
    magic,
    deviationPoints: 20,
    clock: systemClock,
    readTimeoutMs: 1_000,
    tradeTimeoutMs: 1_000,
    absenceProof: { sinceCallMs: 0, emptyForMs: 0 },
    serverOffset: { ms: 0 },
    http: {
      address: 'simulated://test',
      send: async (request) => httpAnswer(handle(desk, wireRequest(request))),
    },
  });
  return { terminal, adapter, signal: new AbortController().signal };
}

type Random = () => number;

/** One request of many kinds, right or wrong; the same for both. */
function aRequest(look: BrokerLook, index: number, random: Random): Request | undefined {
  const bid = look.quotes[symbol]?.bid ?? 0;
  const ticket = look.positions[0]?.ticket ?? 1;
  const chance = random();
  if (chance < 0.5) return { type: 'submit', order: anOrder({ index, bid, random }) };
  if (chance < 0.7) {
    const leaves = random() < 0.5 ? { leaves: 3 as Steps } : {};
    return { type: 'close', request: { ticket, symbol, volume: 4 as Steps, ...leaves } };
  }
  if (chance > 0.9) return undefined;
  const near = (share: number) => (bid * (1 + (random() < 0.5 ? -share : share))) as Price;
  const takeProfit = random() < 0.5 ? {} : { takeProfit: near(0.03) };
  return { type: 'protect', request: { ticket, symbol, stopLoss: near(0.02), ...takeProfit } };
}

type Request =
  | { readonly type: 'submit'; readonly order: Order }
  | { readonly type: 'close'; readonly request: CloseRequest }
  | { readonly type: 'protect'; readonly request: ProtectRequest };

function direct(broker: ExchangeBroker, asked: Request): TradeOutcome {
  if (asked.type === 'submit') return broker.submit(asked.order);
  return asked.type === 'close' ? broker.close(asked.request) : broker.protect(asked.request);
}

function overTheWire({ adapter, signal }: Wired, asked: Request): Promise<TradeOutcome> {
  if (asked.type === 'submit') return adapter.submit(asked.order, signal);
  return asked.type === 'close'
    ? adapter.close(asked.request, signal)
    : adapter.protect(asked.request, signal);
}

async function looked({ adapter, signal }: Wired): Promise<BrokerLook> {
  return {
    view: await adapter.account(signal),
    positions: await adapter.positions(signal),
    quotes: { [symbol]: await adapter.quote(symbol, signal) },
    instruments: { [symbol]: await adapter.instrument(symbol, signal) },
  };
}

describe.each([{ isHedging: true }, { isHedging: false }])(
  'an exchange ($isHedging)',
  (account) => {
    const terms = termsOf(account.isHedging);

    test('says and does without a wire what the adapter finds over it', async () => {
      const wire = wired(terms);
      const [firstBar, ...others] = bars.slice(first) as [Bar, ...Bar[]];
      const broker = new ExchangeBroker({ terms, symbol, deposit, firstBar, magic });
      const random = seededRandom(3);
      const outcomes = new Set<string>();
      for (const [index, bar] of [firstBar, ...others].entries()) {
        wire.terminal.advance(index + 1);
        broker.play(bar, others[index]);
        const look = broker.look();
        expect(look).toEqual(await looked(wire));
        expect(broker.now).toBe(look.quotes[symbol]?.at);
        const asked = aRequest(look, index, random);
        if (asked === undefined) continue;
        const outcome = direct(broker, asked);
        expect(outcome).toEqual(await overTheWire(wire, asked));
        // A close is asked for again: of a ticket that has gone the deal is found.
        if (asked.type === 'close') {
          expect(direct(broker, asked)).toEqual(await overTheWire(wire, asked));
        }
        outcomes.add('code' in outcome ? `rejected ${outcome.reason}` : outcome.outcome);
      }
      const [start, later] = [epochMs(0), epochMs(bars.at(-60)?.openTime ?? 0)];
      expect(broker.deals(start)).toEqual(await wire.adapter.deals(start, wire.signal));
      expect(broker.deals(later)).toEqual(await wire.adapter.deals(later, wire.signal));
      expect(broker.deals(later).length).toBeGreaterThan(3);
      expect([...outcomes].filter((each) => each.startsWith('rejected')).length).toBeGreaterThan(2);
      expect(outcomes).toContain('done');
      wire.terminal.close();
    });
  },
);

/** One in five has its stop on the wrong side, one in five is larger than the account can carry. */
function anOrder({
  index,
  bid,
  random,
}: {
  readonly index: number;
  readonly bid: number;
  readonly random: Random;
}): Order {
  const side = random() < 0.5 ? 'buy' : 'sell';
  const isWrong = random() < 0.2;
  const away = (side === 'buy' ? -1 : 1) * (isWrong ? -1 : 1) * 0.004 * (1 + random());
  const tradeId = `trade-${index}`;
  return {
    id: orderIdOf(tradeId, 1),
    tradeId,
    symbol,
    side,
    volume: (random() < 0.2 ? 9_000 : 1 + Math.floor(20 * random())) as Steps,
    stopLoss: (bid * (1 + away)) as Price,
    takeProfit: (bid * (1 - 1.5 * away)) as Price,
    expectedPrice: bid as Price,
    expiresAt: epochMs(0),
  };
}
