import { assert } from '../../domain/assert.ts';
import { price } from '../../domain/units.ts';
import type { Clock } from '../../runtime/clock.ts';
import { type RetryPolicy, retry } from '../../runtime/retry.ts';
import type { AbsenceProof, Quotes, Trading } from '../broker.ts';
import { accountView } from './account.ts';
import { cancelOrders } from './cancel-orders.ts';
import { close } from './close.ts';
import type { DaylightSaving } from './daylight-saving.ts';
import { Deals } from './deals.ts';
import { Health } from './health.ts';
import { type Http, openHttp } from './http.ts';
import { Positions } from './positions.ts';
import { protect } from './protect.ts';
import { Rates } from './rates.ts';
import { openReads } from './reads.ts';
import { type ServerOffset, ServerTime } from './server-time.ts';
import { submit } from './submit.ts';
import { SymbolTable } from './symbols.ts';
import { NoQuoteError, readTick, type Tick } from './tick.ts';

export type Mt5Options = {
  /** Where the server is; may carry a path prefix: `http://host:8888/broker/account`. */
  readonly url: string;
  readonly token: string | undefined;
  /** Logical name -> the broker's own: `BTCUSD` -> `BTCUSDc`. At least one. */
  readonly symbols: Readonly<Record<string, string>>;
  /** Stands on every order of ours; at most 2^53 - 1. */
  readonly magic: number;
  /** How far a fill may be from the quote at which the server sends, where the broker honours it. */
  readonly deviationPoints: number;
  readonly clock: Clock;
  /** For one GET. Some are repeated, so a read as a whole may take longer; its signal bounds it. */
  readonly readTimeoutMs: number;
  /** For one trade call: above 65 s the server's own timeouts arrive first. */
  readonly tradeTimeoutMs: number;
  readonly absenceProof: AbsenceProof;
  readonly serverOffset: ServerOffset;
  /** Whether the server's clock has summer time; `none` by default. */
  readonly daylightSaving?: DaylightSaving;
  /** How far the host's clock may be off when the offset is measured; two minutes by default. */
  readonly skewMaxMs?: number;
  /** How requests get there; over the network by default. */
  readonly http?: Http;
};

/** The first tick after a symbol was selected is empty; the next one comes at once where there is a market. */
const firstTick: RetryPolicy = { attemptsMax: 3, firstDelayMs: 200, delayMaxMs: 400 };

/** One login of a MetaTrader 5 terminal behind its HTTP server. Asks nothing before it is asked. */
export function mt5Terminal(options: Mt5Options): Quotes & Trading {
  const { clock, magic, deviationPoints, absenceProof } = options;
  const http = options.http ?? openHttp(options);
  const reads = openReads(http, clock, options.readTimeoutMs);
  const symbols = new SymbolTable(reads, options.symbols);
  const health = new Health(reads, clock);
  const tick = (symbol: string, signal: AbortSignal): Promise<Tick> => {
    const isTransient = (error: unknown) => error instanceof NoQuoteError;
    return retry({ policy: firstTick, clock, signal, isTransient }, () =>
      readTick(reads, symbols.brokerName(symbol), signal),
    );
  };
  const time = serverTime(options, tick);
  const rates = new Rates({ reads, health, time, symbols, clock });
  const doubtMs = absenceProof.sinceCallMs;
  const positions = new Positions({ reads, health, time, symbols, clock, magic, doubtMs });
  const deals = new Deals({ reads, health, time, symbols, clock, magic });
  const isHedging = () => health.isHedging;
  const timeoutMs = options.tradeTimeoutMs;
  const trade = { http, symbols, positions, deals, magic, deviationPoints, timeoutMs, isHedging };

  return {
    async quote(symbol, signal) {
      const { bid, ask, serverMs } = await time.readyFor(tick(symbol, signal), signal);
      time.observe(serverMs);
      return { bid: price(bid), ask: price(ask), at: time.toUtc(serverMs) };
    },
    recentBars: (request, signal) => rates.recent(request, request.count, signal),
    barsBetween: (request, signal) => rates.between(request, request, signal),
    async instrument(symbol, signal) {
      return (await symbols.refresh(symbols.brokerName(symbol), signal)).instrument;
    },
    submit: (order, signal, onWritten) => submit(trade, order, { signal, onWritten }),
    close: (request, signal) => close(trade, request, signal),
    cancelOrders: (signal) => cancelOrders(trade, signal),
    protect: (request, signal) => protect(trade, request, signal),
    async account(signal) {
      // Whoever reads the account may trade on what it says.
      http.expectTrade?.();
      return accountView(await health.check(signal));
    },
    positions: (signal) => positions.all(signal),
    deals: (from, signal) => deals.since(from, signal),
    absenceProof,
  };
}

function serverTime(
  { symbols, serverOffset, daylightSaving, skewMaxMs, clock }: Mt5Options,
  tick: (symbol: string, signal: AbortSignal) => Promise<Tick>,
): ServerTime {
  const names = Object.keys(symbols);
  assert(names.length > 0, 'a terminal needs at least one symbol');
  /** Of all symbols: one whose market is shut says nothing, another may be trading. */
  const newestTick = async (signal: AbortSignal) => {
    const ticks = await Promise.allSettled(names.map((name) => tick(name, signal)));
    const times = ticks.flatMap((each) =>
      each.status === 'fulfilled' ? [each.value.serverMs] : [],
    );
    const [first] = ticks;
    if (times.length === 0 && first?.status === 'rejected') throw first.reason;
    return Math.max(...times);
  };
  return new ServerTime({
    offset: serverOffset,
    daylightSaving: daylightSaving ?? 'none',
    skewMaxMs: skewMaxMs ?? 120_000,
    clock,
    newestTick,
  });
}
