/** What every broker adapter has to keep, whoever is behind it. Run it from the adapter's own test. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { contractMarket, quarterMs } from '../../test/contract-market.ts';
import type { Bar } from '../domain/bar.ts';
import type { Deal } from '../domain/deal.ts';
import { lots, valuePerLot } from '../domain/instrument.ts';
import type { Order, Side, TradeOutcome } from '../domain/order.ts';
import { orderIdOf, tradeIdOf } from '../domain/order-identity.ts';
import type { BrokerPosition } from '../domain/position.ts';
import { accountId, epochMs, price, roundTo, steps } from '../domain/units.ts';
import { BrokerUnavailableError, type Quotes, type Trading } from './broker.ts';

export type BrokerUnderTest = {
  readonly terminal: Quotes & Trading;
  /** The same login through other hands: its orders are none of ours. */
  readonly stranger: Trading;
  /** Closes the first `step` bars of the replay of `contractMarket`. */
  advance(step: number): Promise<void>;
  inject(fault: BrokerFault): Promise<void>;
  /** Ends every fault, and lets happen what a fault held up. */
  recover(): Promise<void>;
  close(): Promise<void>;
};

/**
 * `answer-lost`: the next order is executed and not answered. `order-lost`: it is neither executed nor answered.
 * `order-late`: not answered, and executed at `recover`. `refused`: the broker says no. `blind-once`: the next list of
 * positions is empty, wrongly. `blind`: lists are empty, wrongly, because the terminal lost its broker.
 * `unreachable`: nobody is there.
 */
export type BrokerFault =
  | 'answer-lost'
  | 'order-lost'
  | 'order-late'
  | 'refused'
  | 'blind-once'
  | 'blind'
  | 'unreachable';

const monday = Date.UTC(2024, 0, 8);
const history = contractMarket.bars.filter(({ openTime }) => openTime < contractMarket.from);
const { symbol } = contractMarket;
const request = { symbol, timeframe: contractMarket.timeframe };
const { signal } = new AbortController();

export function describeBroker(name: string, open: () => Promise<BrokerUnderTest>): void {
  describe(name, () => {
    let broker: BrokerUnderTest;
    let terminal: Quotes & Trading;
    beforeEach(async () => {
      broker = await open();
      terminal = broker.terminal;
    });
    afterEach(() => broker.close());

    describe('quotes', () => {
      test('are of market time, with the ask above the bid', async () => {
        await expect(terminal.quote(symbol, signal)).resolves.toEqual({
          bid: 50_000,
          ask: 50_014,
          at: contractMarket.from,
        });
        await broker.advance(4);
        await expect(terminal.quote(symbol, signal)).resolves.toMatchObject({ bid: 51_100 });
      });

      test('know their instrument by our name for it', async () => {
        const instrument = await terminal.instrument(symbol, signal);
        expect(instrument).toMatchObject({
          symbol,
          digits: 2,
          volumeStep: 0.01,
          volumeMin: 1,
          isTradable: true,
        });
        expect(valuePerLot(instrument)).toBeCloseTo(100, 9);
      });

      test('of the newest bars are of closed ones, oldest first', async () => {
        const before = await terminal.recentBars({ ...request, count: 3 }, signal);
        expect(before).toMatchObject(history.slice(-3));
        await broker.advance(1);
        const after = await terminal.recentBars({ ...request, count: 3 }, signal);
        expect(after).toMatchObject(
          contractMarket.bars.slice(history.length - 2, history.length + 1),
        );
      });

      test('of a period have no hole where the market was shut', async () => {
        const [first, last] = [history[0] as Bar, history.at(-1) as Bar];
        const period = {
          ...request,
          from: first.openTime,
          to: epochMs(last.openTime + 100 * quarterMs),
        };
        await expect(terminal.barsBetween(period, signal)).resolves.toMatchObject(history);
        const inner = {
          ...request,
          from: (history[1] as Bar).openTime,
          to: (history[2] as Bar).openTime,
        };
        await expect(terminal.barsBetween(inner, signal)).resolves.toMatchObject(
          history.slice(1, 3),
        );
      });

      test('of a period without bars are none', async () => {
        const sunday = { ...request, from: epochMs(monday - 86_400_000), to: epochMs(monday - 1) };
        await expect(terminal.barsBetween(sunday, signal)).resolves.toEqual([]);
      });
    });

    describe('an account', () => {
      test('is told in its own currency, flat at first', async () => {
        await expect(terminal.account(signal)).resolves.toMatchObject({
          currency: 'USC',
          currencyDigits: 2,
          isHedging: true,
          isTradeAllowed: true,
          balance: 1_000_000,
          equity: 1_000_000,
          margin: 0,
        });
        await expect(terminal.positions(signal)).resolves.toEqual([]);
        await expect(terminal.deals(epochMs(0), signal)).resolves.toMatchObject([
          { kind: 'balance', amount: 1_000_000 },
        ]);
      });

      test('has in its balance what its deals say, in its own currency', async () => {
        const instrument = await terminal.instrument(symbol, signal);
        await terminal.submit(anOrder('buy', { stopLoss: 49_500 }), signal);
        await broker.advance(3);
        const [opening, closing] = trades(await terminal.deals(epochMs(0), signal));
        const moved = (closing?.price ?? 0) - (opening?.price ?? 0);
        const worth = moved * lots(instrument, steps(10)) * valuePerLot(instrument);
        expect(closing?.profit).toBe(roundTo(worth, 2));
        const { balance, equity } = await terminal.account(signal);
        expect(balance).toBeCloseTo(sum(await terminal.deals(epochMs(0), signal)), 6);
        expect(equity).toBe(balance);
      });
    });

    describe('an order', () => {
      test.each(['buy', 'sell'] as const)(
        'to %s is a position of ours with its stops',
        async (side) => {
          const order = anOrder(side);
          const outcome = await terminal.submit(order, signal);
          expect(outcome).toMatchObject({ outcome: 'done', fill: { volume: 10 } });
          const [position] = await expectPositions(1);
          expect(position).toMatchObject({
            symbol,
            side,
            volume: 10,
            entry: side === 'buy' ? 50_014 : 50_000,
            stopLoss: order.stopLoss,
            takeProfit: order.takeProfit,
            openedAt: contractMarket.from,
            comment: order.id,
            isOwned: true,
          });
          expect(ticketOf(outcome) ?? position?.ticket).toBe(position?.ticket);
        },
      );

      test('of a stranger is a foreign position', async () => {
        await broker.stranger.submit(anOrder('buy'), signal);
        const [position] = await expectPositions(1);
        expect(position).toMatchObject({ isOwned: false });
        const deals = trades(await terminal.deals(epochMs(0), signal));
        expect(deals).toMatchObject([{ positionTicket: position?.ticket, isOwned: false }]);
      });

      test.each([
        ['buy', { stopLoss: 49_500 }, 3, 'stop-loss', 49_500],
        ['buy', { takeProfit: 50_500 }, 4, 'take-profit', 50_500],
        ['sell', { stopLoss: 50_500 }, 4, 'stop-loss', 50_500],
        ['sell', { takeProfit: 49_500 }, 3, 'take-profit', 49_500],
      ] as const)(
        'to %s with %j leaves at the level that the market reaches',
        async (side, levels, step, reason, exit) => {
          await terminal.submit(anOrder(side, levels), signal);
          const [position] = await expectPositions(1);
          await broker.advance(step);
          await expectPositions(0);
          const deals = trades(await terminal.deals(epochMs(0), signal));
          expect(deals).toMatchObject([
            {
              entry: 'in',
              positionTicket: position?.ticket,
              side,
              isOwned: true,
              comment: position?.comment,
            },
            {
              entry: 'out',
              positionTicket: position?.ticket,
              reason,
              price: exit,
              volume: 10,
              isOwned: true,
            },
          ]);
        },
      );

      test('that is refused leaves nothing behind', async () => {
        await broker.inject('refused');
        const outcome = await terminal.submit(anOrder('buy'), signal);
        expect(outcome).toMatchObject({ outcome: 'rejected' });
        await expectPositions(0);
      });

      test('with a stop on the wrong side is refused', async () => {
        const outcome = await terminal.submit(anOrder('buy', { stopLoss: 50_600 }), signal);
        expect(outcome).toMatchObject({ outcome: 'rejected' });
        await expectPositions(0);
      });

      test('whose answer is lost is unknown, and its position can be found', async () => {
        await broker.inject('answer-lost');
        const order = anOrder('buy');
        await expect(terminal.submit(order, signal)).resolves.toMatchObject({ outcome: 'unknown' });
        expect(await expectPositions(1)).toMatchObject([{ comment: order.id, isOwned: true }]);
      });

      test('that is lost is unknown too, and there is no position', async () => {
        await broker.inject('order-lost');
        const outcome = await terminal.submit(anOrder('buy'), signal);
        expect(outcome).toMatchObject({ outcome: 'unknown' });
        await expectPositions(0);
      });

      test('that the broker executes late turns up late', async () => {
        await broker.inject('order-late');
        const order = anOrder('buy');
        await expect(terminal.submit(order, signal)).resolves.toMatchObject({ outcome: 'unknown' });
        await expectPositions(0);
        await broker.recover();
        expect(await expectPositions(1)).toMatchObject([{ comment: order.id }]);
      });
    });

    describe('a position', () => {
      let position: BrokerPosition;
      beforeEach(async () => {
        await terminal.submit(anOrder('buy'), signal);
        position = (await expectPositions(1))[0] as BrokerPosition;
      });

      test('can be closed in parts, and its deals belong together', async () => {
        const { ticket } = position;
        const part = await terminal.close({ ticket, symbol, volume: steps(4) }, signal);
        expect(part).toMatchObject({ outcome: 'done', fill: { ticket, volume: 4, price: 50_000 } });
        expect(await expectPositions(1)).toMatchObject([
          { ticket, volume: 6, comment: position.comment },
        ]);
        const rest = await terminal.close({ ticket, symbol, volume: steps(6) }, signal);
        expect(rest).toMatchObject({ outcome: 'done', fill: { ticket, volume: 6 } });
        await expectPositions(0);
        const deals = trades(await terminal.deals(epochMs(0), signal));
        expect(
          deals.map((deal) => [deal.entry, deal.volume, deal.positionTicket, deal.isOwned]),
        ).toEqual([
          ['in', 10, ticket, true],
          ['out', 4, ticket, true],
          ['out', 6, ticket, true],
        ]);
      });

      test('that is gone already is closed', async () => {
        const close = { ticket: position.ticket, symbol, volume: position.volume };
        await expect(terminal.close(close, signal)).resolves.toMatchObject({ outcome: 'done' });
        await expect(terminal.close(close, signal)).resolves.toMatchObject({ outcome: 'done' });
        expect(trades(await terminal.deals(epochMs(0), signal))).toHaveLength(2);
      });

      test('has no order that pends beside it, and nothing to cancel', async () => {
        await expect(terminal.cancelOrders(signal)).resolves.toMatchObject({ outcome: 'done' });
        expect(await expectPositions(1)).toHaveLength(1);
      });

      test('has the stops that it is given, also when it has them already', async () => {
        const protect = {
          ticket: position.ticket,
          symbol,
          stopLoss: price(49_123.45),
          takeProfit: price(53_210),
        };
        for (let time = 0; time < 2; time += 1) {
          await expect(terminal.protect(protect, signal)).resolves.toMatchObject({
            outcome: 'done',
          });
          expect(await expectPositions(1)).toMatchObject([
            { stopLoss: 49_123.45, takeProfit: 53_210 },
          ]);
        }
      });

      test('refuses a stop on the wrong side of the price', async () => {
        const protect = { ticket: position.ticket, symbol, stopLoss: price(50_600) };
        await expect(terminal.protect(protect, signal)).resolves.toMatchObject({
          outcome: 'rejected',
        });
        expect(await expectPositions(1)).toMatchObject([{ stopLoss: position.stopLoss }]);
      });

      test('that is gone cannot be protected', async () => {
        await terminal.close({ ticket: position.ticket, symbol, volume: position.volume }, signal);
        const protect = { ticket: position.ticket, symbol, stopLoss: price(49_000) };
        await expect(terminal.protect(protect, signal)).resolves.toMatchObject({
          outcome: 'rejected',
        });
      });

      test('does not vanish because one answer was empty', async () => {
        await broker.inject('blind-once');
        await expectPositions(1);
      });

      test('does not vanish because the terminal lost its broker', async () => {
        await broker.inject('blind');
        await expect(terminal.positions(signal)).rejects.toThrow(BrokerUnavailableError);
        await expect(terminal.deals(epochMs(0), signal)).rejects.toThrow(BrokerUnavailableError);
        const close = { ticket: position.ticket, symbol, volume: position.volume };
        await expect(terminal.close(close, signal)).resolves.toMatchObject({ outcome: 'not-sent' });
        await broker.recover();
        await expectPositions(1);
      });
    });

    test('deals begin at the moment asked for, itself included', async () => {
      await terminal.submit(anOrder('buy', { stopLoss: 49_500 }), signal);
      await broker.advance(3);
      const all = await terminal.deals(epochMs(0), signal);
      const last = all.at(-1) as Deal;
      await expect(terminal.deals(last.at, signal)).resolves.toEqual([last]);
      await expect(terminal.deals(epochMs(last.at + 1), signal)).resolves.toEqual([]);
    });

    test('a broker that is away says so, and comes back', async () => {
      await broker.inject('unreachable');
      await expect(terminal.quote(symbol, signal)).rejects.toThrow(BrokerUnavailableError);
      await expect(terminal.account(signal)).rejects.toThrow(BrokerUnavailableError);
      const outcome = await terminal.submit(anOrder('buy'), signal);
      expect(['not-sent', 'unknown']).toContain(outcome.outcome);
      await broker.recover();
      await expectPositions(0);
      await expect(terminal.submit(anOrder('buy'), signal)).resolves.toMatchObject({
        outcome: 'done',
      });
    });

    async function expectPositions(count: number): Promise<readonly BrokerPosition[]> {
      const positions = await terminal.positions(signal);
      expect(positions).toHaveLength(count);
      return positions;
    }
  });
}

function anOrder(side: Side, levels: { stopLoss?: number; takeProfit?: number } = {}): Order {
  const sign = side === 'buy' ? 1 : -1;
  const barTime = (history.at(-1) as Bar).openTime;
  const tradeId = tradeIdOf({
    account: accountId('contract'),
    symbol,
    barTime,
    side,
    leg: 'entry',
  });
  return {
    id: orderIdOf(tradeId, 1),
    tradeId,
    symbol,
    side,
    volume: steps(10),
    stopLoss: price(levels.stopLoss ?? 50_000 - sign * 8_000),
    takeProfit: price(levels.takeProfit ?? 50_000 + sign * 8_000),
    expectedPrice: price(side === 'buy' ? 50_014 : 50_000),
    expiresAt: epochMs(contractMarket.from + quarterMs),
  };
}

function trades(deals: readonly Deal[]) {
  return deals.filter((deal) => deal.kind === 'trade');
}

function sum(deals: readonly Deal[]): number {
  return deals.reduce(
    (total, deal) =>
      total + (deal.kind === 'trade' ? deal.profit + deal.swap + deal.commission : deal.amount),
    0,
  );
}

function ticketOf(outcome: TradeOutcome): number | undefined {
  return 'fill' in outcome ? outcome.fill.ticket : undefined;
}
