import * as z from 'zod';
import { type Bar, type Timeframe, timeframeMs } from '../../domain/bar.ts';
import { type EpochMs, price } from '../../domain/units.ts';
import type { Clock } from '../../runtime/clock.ts';
import { retry } from '../../runtime/retry.ts';
import { type BarRequest, BrokerProtocolError, BrokerUnavailableError } from '../broker.ts';
import type { Health } from './health.ts';
import type { Reads } from './reads.ts';
import type { ServerTime } from './server-time.ts';
import { type SymbolTable, symbolPath } from './symbols.ts';

/** One row of the rates answer. `time` is when the bar opened, in seconds of the server's clock. */
const rateRow = z.object({
  time: z.int().positive(),
  open: z.number().positive(),
  high: z.number().positive(),
  low: z.number().positive(),
  close: z.number().positive(),
  tick_volume: z.number().nonnegative(),
  spread: z.number().nonnegative().optional(),
});
const rateRows = z.compile(z.array(rateRow));
type RateRow = z.output<typeof rateRow>;

type RatesOptions = {
  readonly reads: Reads;
  readonly health: Health;
  readonly time: ServerTime;
  readonly symbols: SymbolTable;
  readonly clock: Clock;
};

type Window = { readonly from: number; readonly to: number };

/** Bars of one request: 7 weeks of M15. The terminal keeps 100,000 at most. */
const barsPerPage = 5_000;
const barsKept = 100_000;
/** The first question about a symbol is answered before its history has been loaded. */
const loading = { attemptsMax: 4, firstDelayMs: 500, delayMaxMs: 2_000 };

/** Closed bars. The newest bar that the server has is the one still forming, also while its market is closed. */
export class Rates {
  readonly #options: RatesOptions;

  constructor(options: RatesOptions) {
    this.#options = options;
  }

  async recent(request: BarRequest, count: number, signal: AbortSignal): Promise<readonly Bar[]> {
    await this.#options.time.ready(signal);
    const bars = await this.#newest(request, count + 1, signal);
    return bars.slice(0, -1).slice(-count);
  }

  /**
   * Asks window by window and not by count: the server's own paging stops at a gap of a weekend (contract §4.4).
   */
  async between(request: BarRequest, wanted: Window, signal: AbortSignal): Promise<readonly Bar[]> {
    await this.#options.time.ready(signal);
    const forming = (await this.#newest(request, 1, signal)).at(-1);
    if (forming === undefined) return [];
    const barMs = timeframeMs[request.timeframe];
    const to = Math.min(wanted.to, forming.openTime - 1);
    const found: Bar[] = [];
    for (let from = wanted.from; from <= to; from += barsPerPage * barMs) {
      const window = { from, to: Math.min(to, from + barsPerPage * barMs - 1) };
      const page = await this.#page(request, window, signal);
      // Some servers know no ranges and answer with the newest bars instead (contract §9, §11).
      if (page.some(({ openTime }) => openTime >= forming.openTime)) {
        return this.#betweenByCount(request, { from: wanted.from, to }, forming.openTime, signal);
      }
      // An older bar, or the first there is, may stray in.
      found.push(...page.filter(({ openTime }) => openTime >= from && openTime <= window.to));
    }
    return found;
  }

  /** `count` bars up to the forming one, which is the last. Never empty. */
  async #newest(request: BarRequest, count: number, signal: AbortSignal): Promise<readonly Bar[]> {
    const { clock } = this.#options;
    const isTransient = (error: unknown) => error instanceof NoBarsError;
    return retry({ policy: loading, clock, signal, isTransient }, async () => {
      const bars = await this.#ask(request, `count=${count}`, signal);
      if (bars.length === 0) throw new NoBarsError(`no bars of ${nameOf(request)} at the terminal`);
      return bars;
    });
  }

  /** An empty answer counts when the terminal is healthy and says so twice. */
  async #page(request: BarRequest, window: Window, signal: AbortSignal): Promise<readonly Bar[]> {
    const { time, health } = this.#options;
    const seconds = (utcMs: number) => Math.floor(time.toServer(utcMs) / 1_000);
    const query = `from=${seconds(window.from)}&to=${seconds(window.to)}`;
    const first = await this.#ask(request, query, signal);
    if (first.length > 0) return first;
    await health.check(signal);
    return this.#ask(request, query, signal);
  }

  async #betweenByCount(
    request: BarRequest,
    window: Window,
    formingOpenTime: EpochMs,
    signal: AbortSignal,
  ): Promise<readonly Bar[]> {
    const needed = Math.ceil((formingOpenTime - window.from) / timeframeMs[request.timeframe]) + 1;
    const bars = await this.#newest(request, Math.min(needed, barsKept), signal);
    return bars.filter(({ openTime }) => openTime >= window.from && openTime <= window.to);
  }

  async #ask(request: BarRequest, query: string, signal: AbortSignal): Promise<readonly Bar[]> {
    const { reads, time, symbols } = this.#options;
    const path = `${symbolPath(symbols.brokerName(request.symbol))}/rates?timeframe=${request.timeframe}&${query}`;
    const rows = await reads.getLarge(path, rateRows, signal);
    return barsOf(rows, request.timeframe, time, nameOf(request));
  }
}

class NoBarsError extends BrokerUnavailableError {}

/** Ascending, whatever the order of the answer. Impossible bars are refused. */
function barsOf(
  rows: readonly RateRow[],
  timeframe: Timeframe,
  time: ServerTime,
  name: string,
): readonly Bar[] {
  const bars = rows.map((row) => barOf(row, time, name));
  bars.sort((a, b) => a.openTime - b.openTime);
  for (let index = 1; index < bars.length; index += 1) {
    const [before, bar] = [bars[index - 1] as Bar, bars[index] as Bar];
    if (bar.openTime - before.openTime < Math.min(timeframeMs[timeframe], timeframeMs.H1)) {
      throw new BrokerProtocolError(`two bars of ${name} overlap at ${bar.openTime}`);
    }
  }
  return bars;
}

function barOf(row: RateRow, time: ServerTime, name: string): Bar {
  const { open, high, low, close } = row;
  if (low > Math.min(open, close) || high < Math.max(open, close)) {
    const prices = `open ${open}, high ${high}, low ${low}, close ${close}`;
    throw new BrokerProtocolError(`an impossible bar of ${name} at ${row.time}: ${prices}`);
  }
  return {
    openTime: time.toUtc(row.time * 1_000),
    open: price(open),
    high: price(high),
    low: price(low),
    close: price(close),
    volume: row.tick_volume,
    ...(row.spread === undefined ? {} : { spreadPoints: row.spread }),
  };
}

function nameOf({ symbol, timeframe }: BarRequest): string {
  return `${symbol} ${timeframe}`;
}
