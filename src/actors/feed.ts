/** Polls one symbol's bars, keeps the bar store complete and tells everybody about each closed bar, once and in order. */
import type { Quotes } from '../brokers/broker.ts';
import { type Bar, type Timeframe, type Trace, timeframeMs, traceOf } from '../domain/bar.ts';
import { type EpochMs, epochMs } from '../domain/units.ts';
import type { BarStore } from '../market-data/bar-store.ts';
import type { Actor, ActorRef } from '../runtime/actor.ts';
import { type Clock, sleep } from '../runtime/clock.ts';
import { within } from '../runtime/deadline.ts';
import type { AccountMessage } from './account-message.ts';
import type { FeatureMessage } from './feature.ts';
import type { ObserverMessage } from './observer.ts';

export type FeedMessage =
  /** Lockstep: the bar of `openTime` has just closed at every terminal. Asking again publishes it again. */
  | { readonly type: 'fetch-bar'; readonly openTime: EpochMs }
  /** Live: look whether a bar has closed. */
  | { readonly type: 'poll' }
  /** Live: somebody has lost his memory; a bar that was told a moment ago is told again. */
  | { readonly type: 'tell-again' };

export type FeedOptions = {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  /** Terminals that may feed this symbol, best first. */
  readonly sources: readonly FeedSource[];
  readonly store: BarStore;
  /** Where a new series begins: features depend on it. */
  readonly history: SeriesStart;
  readonly clock: Clock;
  /** Live only: how often to look for a closed bar. */
  readonly pollEveryMs?: number;
  readonly fetchTimeoutMs: number;
  readonly self: ActorRef<FeedMessage>;
  readonly features: ActorRef<FeatureMessage>;
  /** Asked whenever a bar has closed. */
  readonly accounts: () => readonly ActorRef<AccountMessage>[];
  /** Says what `work` says to all of them as one message to each thread, where that can be. */
  readonly together: (work: () => void) => void;
  readonly observer: ActorRef<ObserverMessage>;
  /** Aborts when this incarnation is over: what it still fetches must not be stored. */
  readonly signal: AbortSignal;
};

/** A moment, or a length before the terminal's newest bar. */
export type SeriesStart = { readonly from: EpochMs } | { readonly lengthMs: number };

type FeedSource = { readonly terminal: string; readonly quotes: Quotes };

/** A thread that is silent for longer than it takes to store so many bars counts as hung. */
const barsInOneBreath = 2_000;
/** Failures in a row after which the next source is asked. */
const failuresMax = 3;
/** Waiting time before a failed fetch is tried again; it doubles with each further failure. */
const retry = { firstMs: 250, maxMs: 4_000 };
/** How many bars a look takes: enough to bridge a short outage in one request. */
const recentBars = 4;
/** Live: what closed longer ago than this, and was not looked for meanwhile, is history: its moment to trade is over. */
const lateMs = 90_000;
/** Live: so long after a bar should have closed each look is expected to show it. */
const dueForMs = 10_000;
/** Live: how far a terminal's clock may be ahead of ours before its bars are not believed. */
const aheadMaxMs = 120_000;

export function createFeed(options: FeedOptions): Actor<FeedMessage> {
  return new Feed(options);
}

class Feed implements Actor<FeedMessage> {
  readonly #options: FeedOptions;
  #source = 0;
  /** Failures of the present source, and of all in a row. */
  #failures = 0;
  #streak = 0;
  /** Terminals that were reported as failing since the last success. */
  readonly #reported = new Set<string>();
  /** When the terminal was last seen without a newer bar, on `Clock.elapsed`. */
  #lookedAt: number | undefined;
  #told: { readonly openTime: EpochMs; readonly readAt: number } | undefined;
  #cancelTimer = () => {};

  constructor(options: FeedOptions) {
    this.#options = options;
    if (options.pollEveryMs !== undefined) this.#wake({ type: 'poll' }, 0);
  }

  async receive(message: FeedMessage): Promise<void> {
    if (message.type === 'tell-again') return this.#tellAgain();
    if (message.type === 'fetch-bar' && this.#isPast(message.openTime)) return;
    try {
      this.#sayDue(message);
      const fetched = await this.#fetchMissing();
      this.#publish(message, fetched);
      this.#failures = 0;
      this.#streak = 0;
      this.#reported.clear();
      this.#lookedAt = fetched.readAt;
      const { pollEveryMs } = this.#options;
      if (message.type === 'poll' && pollEveryMs !== undefined) this.#wake(message, pollEveryMs);
    } catch (cause) {
      if (this.#options.signal.aborted) return;
      this.#wake(message, Math.min(retry.maxMs, retry.firstMs * 2 ** this.#streak));
      this.#noteFailure(cause);
    }
  }

  stopped(): void {
    this.#cancelTimer();
  }

  /** Asked for twice, and a newer bar has closed meanwhile: nobody waits for this one any more. */
  #isPast(openTime: EpochMs): boolean {
    const { symbol, timeframe, store } = this.#options;
    return openTime < (store.last(symbol, timeframe)?.openTime ?? 0);
  }

  #wake(message: LookMessage, afterMs: number): void {
    const { clock, self } = this.#options;
    this.#cancelTimer();
    this.#cancelTimer = clock.after(afterMs, () => self.tell(message));
  }

  /** Accounts read their brokers while the bar is asked for, not after: both are of the same moment. */
  #sayDue(message: LookMessage): void {
    const { symbol, timeframe } = this.#options;
    const openTime = message.type === 'fetch-bar' ? message.openTime : this.#expected();
    if (openTime === undefined) return;
    const closedAt = epochMs(openTime + timeframeMs[timeframe]);
    this.#tellAccounts({ type: 'bar-due', trace: traceOf(symbol, timeframe, openTime), closedAt });
  }

  #tellAccounts(message: AccountMessage): void {
    const { accounts, together } = this.#options;
    together(() => {
      for (const account of accounts()) account.tell(message);
    });
  }

  /** Live: the bar that has closed a moment ago by our clock, and has not been seen. */
  #expected(): EpochMs | undefined {
    const { timeframe, clock } = this.#options;
    const [now, lengthMs] = [clock.now(), timeframeMs[timeframe]];
    const closedAt = Math.floor(now / lengthMs) * lengthMs;
    const openTime = epochMs(closedAt - lengthMs);
    if (now - closedAt > dueForMs || openTime <= (this.#told?.openTime ?? 0)) return undefined;
    return openTime;
  }

  /** Fetches what the store lacks, from its last bar on, and stores it. */
  async #fetchMissing(): Promise<Fetched> {
    const { symbol, timeframe, store, clock, fetchTimeoutMs, signal } = this.#options;
    const last = store.last(symbol, timeframe);
    const bars = await within(fetchTimeoutMs, clock, signal, (limit) => this.#ask(last, limit));
    signal.throwIfAborted();
    const readAt = clock.elapsed();
    const missing = bars.filter((bar) => last === undefined || bar.openTime > last.openTime);
    this.#refuseFuture(missing.at(-1));
    for (let stored = 0; stored < missing.length; stored += barsInOneBreath) {
      if (stored > 0) await sleep(0, clock, signal);
      store.append(symbol, timeframe, missing.slice(stored, stored + barsInOneBreath));
    }
    return { newest: missing.at(-1), readAt };
  }

  async #ask(last: Bar | undefined, signal: AbortSignal): Promise<readonly Bar[]> {
    const { symbol, timeframe, sources, history } = this.#options;
    const source = sources[this.#source % sources.length];
    if (source === undefined) throw new Error(`no terminal feeds ${symbol}`);
    const recent = await source.quotes.recentBars({ symbol, timeframe, count: recentBars }, signal);
    if (reachesBack(recent, last)) return recent;
    const to = recent.at(-1)?.openTime;
    if (to === undefined) return recent;
    const from = last === undefined ? startOf(history, to) : epochMs(last.openTime + 1);
    return source.quotes.barsBetween({ symbol, timeframe, from, to }, signal);
  }

  /** In the minute after its clock has changed, a terminal may date bars an hour ahead: stored, they would hide the true ones. */
  #refuseFuture(newest: Bar | undefined): void {
    const { pollEveryMs, clock, timeframe } = this.#options;
    if (pollEveryMs === undefined || newest === undefined) return;
    const aheadMs = newest.openTime + timeframeMs[timeframe] - clock.now();
    if (aheadMs <= aheadMaxMs) return;
    throw new Error(
      `a bar closes ${Math.round(aheadMs / 1_000)} s from now: which clock is wrong?`,
    );
  }

  /** Only the newest bar is told: what was missed is in the store, belongs to the features, and is never traded. */
  #publish(message: LookMessage, { newest: missing, readAt }: Fetched): void {
    const { symbol, timeframe, store } = this.#options;
    const isAsked = message.type === 'fetch-bar';
    const newest = missing ?? (isAsked ? store.last(symbol, timeframe) : undefined);
    if (newest === undefined) return;
    const { openTime } = newest;
    if (isAsked && openTime !== message.openTime) {
      throw new Error(`the terminal's newest bar is ${openTime}, not ${message.openTime}`);
    }
    if (isAsked || !this.#isLate(openTime, readAt)) this.#tell(openTime, readAt);
  }

  #tell(openTime: EpochMs, readAt: number): void {
    const { symbol, timeframe, features } = this.#options;
    this.#told = { openTime, readAt };
    const closedAt = epochMs(openTime + timeframeMs[timeframe]);
    const trace: Trace = traceOf(symbol, timeframe, openTime);
    this.#tellAccounts({ type: 'bar-closed', trace, symbol, closedAt, readAt });
    features.tell({ type: 'bar-closed', trace, openTime });
  }

  #tellAgain(): void {
    const told = this.#told;
    if (told === undefined || this.#options.clock.elapsed() - told.readAt > lateMs) return;
    this.#tell(told.openTime, told.readAt);
  }

  /** A look of a moment ago that did not show the bar proves that it has just closed, whatever our clock says. */
  #isLate(openTime: EpochMs, readAt: number): boolean {
    const { clock, timeframe } = this.#options;
    const hasLooked = this.#lookedAt !== undefined && readAt - this.#lookedAt <= lateMs;
    const closedAt = openTime + timeframeMs[timeframe];
    return !hasLooked && Math.abs(clock.now() - closedAt) > lateMs;
  }

  /** Each terminal is reported once until one of them answers again. */
  #noteFailure(cause: unknown): void {
    this.#failures += 1;
    this.#streak = Math.min(this.#streak + 1, 10);
    if (this.#failures < failuresMax) return;
    const { symbol, sources, observer } = this.#options;
    const terminal = sources[this.#source % sources.length]?.terminal ?? '';
    if (!this.#reported.has(terminal)) {
      this.#reported.add(terminal);
      const reason = cause instanceof Error ? cause.message : String(cause);
      const failures = this.#failures;
      observer.tell({
        type: 'engine-event',
        event: { type: 'feed-failing', symbol, terminal, failures, reason },
      });
    }
    if (sources.length === 1) return;
    this.#source += 1;
    this.#failures = 0;
  }
}

type LookMessage = Exclude<FeedMessage, { type: 'tell-again' }>;
type Fetched = { readonly newest: Bar | undefined; readonly readAt: number };

function startOf(history: SeriesStart, newest: EpochMs): EpochMs {
  return 'from' in history ? history.from : epochMs(newest - history.lengthMs);
}

function reachesBack(recent: readonly Bar[], last: Bar | undefined): boolean {
  return last !== undefined && recent.some((bar) => bar.openTime <= last.openTime);
}
