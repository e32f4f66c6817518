/** One strategy, two backtesters: entries that are given, a stop and a target at fixed distances, no costs. */
import type { Bar } from '../src/domain/bar.ts';
import { direction, type Side } from '../src/domain/order.ts';
import { epochMs, type Money, type Price, price, type Steps } from '../src/domain/units.ts';
import { simulatedSymbols } from '../src/exchange/instruments.ts';
import { openMarket, playBar } from '../src/exchange/play-bar.ts';
import { playUntilBooked } from '../src/exchange/play-bars.ts';
import { type QuoteReaches, quoteReaches } from '../src/exchange/quote-reach.ts';
import type { ExchangeDeal } from '../src/exchange/state.ts';
import { type ExchangeTerms, marketOf } from '../src/exchange/terms.ts';
import { openAccount, submit } from '../src/exchange/trade.ts';
import { seededRandom } from '../src/runtime/seeded-random.ts';
import { generatedBars } from '../test/generated-bars.ts';
import type { NpmPeers } from './npm-peers.ts';

export type BracketTrade = {
  readonly side: Side;
  /** Open of the bars in which it began and ended. */
  readonly entryBar: number;
  readonly exitBar: number;
  readonly entry: number;
  readonly exit: number;
  readonly reason: 'stop-loss' | 'take-profit';
};

/** A bar, and the side to enter on at the open of the next one. */
export type BracketBar = Bar & { readonly enters?: Side };

const symbol = 'BTCUSD';
const barMs = 900_000;
const stopDistance = 6;
const targetDistance = 9;
/** Of the bars: half of the time there is a position then. */
const entryShare = 0.02;
const terms = freeTerms();

/**
 * Bars on which both have to come to the same trades: no gap between two of them, which grademark fills at the level and
 * we at the open behind it, and no entry into a bar that reaches a level, because grademark does not look inside it.
 */
export function bracketBars(count: number): readonly BracketBar[] {
  const bars = withoutGaps(generatedBars({ seed: 1, count }));
  const random = seededRandom(2);
  return bars.map((bar, index): BracketBar => {
    const next = bars[index + 1];
    if (next === undefined || random() > entryShare || reaches(next)) return bar;
    return { ...bar, enters: random() < 0.5 ? 'buy' : 'sell' };
  });
}

function withoutGaps(bars: readonly Bar[]): readonly Bar[] {
  return bars.map((bar, index) => {
    const open = bars[index - 1]?.close ?? bar.open;
    const [high, low] = [Math.max(bar.high, open), Math.min(bar.low, open)];
    return { ...bar, open, high: price(high), low: price(low) };
  });
}

function reaches({ open, high, low }: Bar): boolean {
  return Math.max(high - open, open - low) >= stopDistance;
}

/** The bars as columns, made once for however many backtests over them. */
export type BracketSeries = {
  readonly bars: readonly BracketBar[];
  readonly reaches: QuoteReaches;
  /** By bar: +1 for a buy at the open of the next one, -1 for a sell, 0 for neither. */
  readonly entries: Int8Array;
};

export function bracketSeries(bars: readonly BracketBar[]): BracketSeries {
  return {
    bars,
    reaches: quoteReaches(bars, marketOf(terms, symbol).instrument),
    entries: Int8Array.from(bars, ({ enters }) => (enters ? direction[enters] : 0)),
  };
}

export function ourTrades({ bars, reaches, entries }: BracketSeries): readonly BracketTrade[] {
  const first = bars[0] as Bar;
  const deposit = { amount: 1_000_000_000 as Money, at: first.openTime };
  let state = openMarket(openAccount(terms, deposit).state, terms, { symbol, bar: first });
  const trades: BracketTrade[] = [];
  let index = 0;
  for (;;) {
    while (entries[index] === 0) index += 1; // flat: nothing moves but the quote
    const [bar, next] = [bars[index], bars[index + 1]];
    if (bar === undefined || next === undefined) return trades;
    state = playBar(state, terms, { symbol, bar, next }).state;
    const side = entries[index] === 1 ? 'buy' : 'sell';
    const entered = submit(state, terms, orderAt(next.open, side));
    const from = index + 1;
    const played = playUntilBooked(entered.state, terms, { symbol, bars, reaches, from });
    const [opened, closed] = [entered.deals[0], played.deals[0]];
    if (opened && closed) trades.push(tradeOf(opened as Deal, closed as Deal));
    state = played.state;
    index = played.next;
  }
}

type Deal = Extract<ExchangeDeal, { kind: 'trade' }>;

function orderAt(entry: number, side: Side) {
  const sign = side === 'buy' ? 1 : -1;
  return {
    symbol,
    side,
    volume: 1 as Steps,
    magic: 1,
    comment: '',
    stopLoss: (entry - sign * stopDistance) as Price,
    takeProfit: (entry + sign * targetDistance) as Price,
  };
}

function tradeOf(opened: Deal, closed: Deal): BracketTrade {
  return {
    side: opened.side,
    entryBar: barAt(opened),
    exitBar: barAt(closed),
    entry: opened.price,
    exit: closed.price,
    reason: closed.reason as BracketTrade['reason'],
  };
}

function barAt({ at }: Deal): number {
  return Math.floor(at / barMs) * barMs;
}

/** A broker that charges nothing. */
function freeTerms(): ExchangeTerms {
  const instrument = simulatedSymbols[symbol]?.instrument;
  if (!instrument) throw new Error(`${symbol} is simulated`);
  return {
    account: { login: 1, currency: 'USD', currencyDigits: 2, leverage: 100, isHedging: true },
    markets: {
      [symbol]: {
        instrument: { ...instrument, spreadPoints: 0 },
        ...{ barMs, intrabar: 'pessimistic', slippagePoints: 0, commissionPerLot: 0 },
        ...{ swapLongPoints: 0, swapShortPoints: 0 },
      },
    },
  };
}

type PeerTrade = {
  readonly direction: 'long' | 'short';
  readonly entryTime: Date;
  readonly exitTime: Date;
  readonly entryPrice: number;
  readonly exitPrice: number;
  readonly exitReason: string;
};

type PeerBar = { readonly time: Date; readonly enters: Side | undefined };

type Grademark = {
  backtest(strategy: object, series: unknown): readonly PeerTrade[];
};
type DataForge = { readonly DataFrame: new (rows: readonly object[]) => { bake(): unknown } };

/** The same by grademark: its backtest, ready to be run again and again, and what its trades are in our words. */
export async function grademark(npm: NpmPeers, bars: readonly BracketBar[]) {
  const peer = await npm.load<Grademark>('grademark');
  const { DataFrame } = await npm.load<DataForge>('data-forge', 'grademark');
  const started = performance.now();
  const rows = bars.map(({ openTime, open, high, low, close, enters }) => ({
    ...{ time: new Date(openTime), open, high, low, close, enters },
  }));
  const series = new DataFrame(rows).bake();
  const readyMs = performance.now() - started;
  const strategy = {
    entryRule: (
      enter: (options: { readonly direction: string }) => void,
      { bar }: { readonly bar: PeerBar },
    ) => {
      if (bar.enters) enter({ direction: bar.enters === 'buy' ? 'long' : 'short' });
    },
    stopLoss: () => stopDistance,
    profitTarget: () => targetDistance,
  };
  return {
    /** What its series took to be made. */
    readyMs,
    run: () => peer.backtest(strategy, series),
    /** Without the one that is still open after the last bar. */
    trades: (trades: readonly PeerTrade[]) =>
      trades
        .filter(({ exitReason }) => exitReason !== 'finalize')
        .map(
          (trade): BracketTrade => ({
            side: trade.direction === 'long' ? 'buy' : 'sell',
            entryBar: epochMs(trade.entryTime.getTime()),
            exitBar: epochMs(trade.exitTime.getTime()),
            entry: trade.entryPrice,
            exit: trade.exitPrice,
            reason: trade.exitReason === 'stop-loss' ? 'stop-loss' : 'take-profit',
          }),
        ),
  };
}
