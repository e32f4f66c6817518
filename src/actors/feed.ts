/** Polls one symbol's bars, keeps the bar store complete and tells everybody about each closed bar, once and in order. */
import type { Quotes } from '../brokers/broker.ts';
import { type Bar, type Timeframe, type Trace, timeframeMs, traceOf } from '../domain/bar.ts';
import { type EpochMs, epochMs } from '../domain/units.ts';
import type { BarStore } from '../market-data/bar-store.ts';
import type { Actor, ActorRef } from '../runtime/actor.ts';
import type { Clock } from '../runtime/clock.ts';
import { within } from '../runtime/deadline.ts';
import type { AccountMessage } from './account-message.ts';
import type { FeatureMessage } from './feature.ts';
import type { ObserverMessage } from './observer.ts';

export type FeedMessage =
  /** Lockstep: the bar of `openTime` has just closed at every terminal. Asking again publishes it again. */
  | { readonly type: 'fetch-bar'; readonly openTime: EpochMs }
  /** Live: look whether a bar has closed. */
  | { readonly type: 'poll' };

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
  readonly accounts: readonly ActorRef<AccountMessage>[];
  readonly observer: ActorRef<ObserverMessage>;
};

/** A moment, or a length before the terminal's newest bar. */
export type SeriesStart = { readonly from: EpochMs } | { readonly lengthMs: number };

type FeedSource = { readonly terminal: string; readonly quotes: Quotes };

/** Failures in a row after which the next source is asked. */
const failuresMax = 3;
/** Waiting time before a failed fetch is tried again. */
const retryMs = 250;

export function createFeed(options: FeedOptions): Actor<FeedMessage> {
  const state = { source: 0, failures: 0 };
  let cancelTimer = () => {};
  const wake = (message: FeedMessage, afterMs: number) => {
    cancelTimer();
    cancelTimer = options.clock.after(afterMs, () => options.self.tell(message));
  };
  if (options.pollEveryMs !== undefined) wake({ type: 'poll' }, 0);

  return {
    async receive(message) {
      const again = message.type === 'poll' ? options.pollEveryMs : undefined;
      try {
        const fetched = await fetchMissing(options, state.source);
        state.failures = 0;
        publish(options, fetched.bars, message, fetched.readAt);
        if (again !== undefined) wake(message, again);
      } catch (cause) {
        noteFailure(options, state, cause);
        wake(message, retryMs);
      }
    },
    stopped: () => cancelTimer(),
  };
}

/** Fetches what the store lacks, from its last bar on, and stores it. */
async function fetchMissing(
  { symbol, timeframe, sources, store, history, clock, fetchTimeoutMs }: FeedOptions,
  index: number,
): Promise<{ bars: readonly Bar[]; readAt: number }> {
  const source = sources[index % sources.length];
  if (source === undefined) throw new Error(`no terminal feeds ${symbol}`);
  const last = store.last(symbol, timeframe);
  const bars = await within(fetchTimeoutMs, clock, undefined, async (signal) => {
    const recent = await source.quotes.recentBars({ symbol, timeframe, count: recentBars }, signal);
    if (reachesBack(recent, last)) return recent;
    const to = recent.at(-1)?.openTime;
    if (to === undefined) return recent;
    const from = last === undefined ? startOf(history, to) : epochMs(last.openTime + 1);
    return source.quotes.barsBetween({ symbol, timeframe, from, to }, signal);
  });
  const readAt = clock.elapsed();
  const missing = bars.filter((bar) => last === undefined || bar.openTime > last.openTime);
  store.append(symbol, timeframe, missing);
  return { bars: missing, readAt };
}

function startOf(history: SeriesStart, newest: EpochMs): EpochMs {
  return 'from' in history ? history.from : epochMs(newest - history.lengthMs);
}

/** How many bars a look takes: enough to bridge a short outage in one request. */
const recentBars = 4;

function reachesBack(recent: readonly Bar[], last: Bar | undefined): boolean {
  return last !== undefined && recent.some((bar) => bar.openTime <= last.openTime);
}

/** Only the newest bar is told: what was missed is in the store, belongs to the features, and is never traded. */
function publish(
  options: FeedOptions,
  missing: readonly Bar[],
  message: FeedMessage,
  readAt: number,
): void {
  const { symbol, timeframe, store } = options;
  const newest =
    missing.at(-1) ?? (message.type === 'fetch-bar' ? store.last(symbol, timeframe) : undefined);
  if (newest === undefined) return;
  if (message.type === 'fetch-bar' && newest.openTime !== message.openTime) {
    throw new Error(`the terminal's newest bar is ${newest.openTime}, not ${message.openTime}`);
  }
  const trace: Trace = traceOf(symbol, timeframe, newest.openTime);
  const closedAt = epochMs(newest.openTime + timeframeMs[timeframe]);
  for (const account of options.accounts)
    account.tell({ type: 'bar-closed', trace, symbol, closedAt, readAt });
  options.features.tell({ type: 'bar-closed', trace, openTime: newest.openTime });
}

function noteFailure(
  options: FeedOptions,
  state: { source: number; failures: number },
  cause: unknown,
): void {
  state.failures += 1;
  const terminal = options.sources[state.source % options.sources.length]?.terminal ?? '';
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (state.failures === failuresMax) {
    options.observer.tell({
      type: 'engine-event',
      event: {
        type: 'feed-failing',
        symbol: options.symbol,
        terminal,
        failures: state.failures,
        reason,
      },
    });
    if (options.sources.length > 1) {
      state.source += 1;
      state.failures = 0;
    }
  }
}
