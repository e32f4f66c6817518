/** Composition root of the market thread: for each symbol a feed and a feature engine over one bar store. */
import type { AccountMessage } from '../actors/account-message.ts';
import { createFeature, type FeatureMessage } from '../actors/feature.ts';
import { createFeed, type FeedMessage } from '../actors/feed.ts';
import type { InferenceMessage } from '../actors/inference.ts';
import type { ObserverMessage } from '../actors/observer.ts';
import type { FeatureEngine } from '../features/feature-engine.ts';
import { type BarStore, openBarStore } from '../market-data/bar-store.ts';
import type { ActorRef } from '../runtime/actor.ts';
import { type ActorChild, actorChild } from '../runtime/actor-child.ts';
import { sleep } from '../runtime/clock.ts';
import type { ActorThread, ThreadMeans } from './actor-thread.ts';
import { connectTerminal } from './terminal-connection.ts';
import { addresses, type MarketPlan, type MarketThreadData } from './thread-data.ts';
import { tradersOf } from './traders.ts';

const mailbox = { capacity: 10_000, overflow: 'drop-oldest' } as const;
/** A first start fetches years of bars and computes their features. */
const startMs = 120_000;

type MarketThread = ThreadMeans<MarketThreadData> & {
  /** What the thread reaches of the world; default: this host's disk and network. */
  readonly outside?: MarketOutside;
};

type MarketOutside = {
  readonly openStore: (path: string) => BarStore;
  readonly openEngine: (roundStep: number) => FeatureEngine;
  readonly connect: typeof connectTerminal;
};

/** Features before the feed: what the feed publishes finds its reader. */
export function marketThread(thread: MarketThread): ActorThread {
  const store = (thread.outside?.openStore ?? openBarStore)(thread.data.storePath);
  const actors = thread.data.markets.flatMap((market) => {
    const means = { thread, market, store, accounts: tradersOf(thread.office, market) };
    const features = featureChild(means);
    return [features, feedChild(means, features)];
  });
  return { actors, release: () => store.close() };
}

type MarketMeans = {
  readonly thread: MarketThread;
  readonly market: MarketPlan;
  readonly store: BarStore;
  readonly accounts: () => readonly ActorRef<AccountMessage>[];
};

function featureChild({
  thread,
  market,
  store,
  accounts,
}: MarketMeans): ActorChild<FeatureMessage> {
  const { data, office, clock, schedule, onDeadLetter, outside } = thread;
  const { roundStep } = market;
  return actorChild<FeatureMessage>({
    id: `features:${market.symbol}`,
    restart: 'permanent',
    shutdownMs: 5_000,
    startMs,
    clock,
    schedule,
    mailbox,
    onDeadLetter,
    start: () =>
      createFeature({
        symbol: market.symbol,
        timeframe: data.timeframe,
        roundStep,
        ...(outside && { openEngine: () => outside.openEngine(roundStep) }),
        store,
        breathe: () => sleep(0, clock),
        inference: office.ref<InferenceMessage>(addresses.inference),
        accounts,
      }),
  });
}

function feedChild(
  { thread, market, store, accounts }: MarketMeans,
  features: ActorChild<FeatureMessage>,
): ActorChild<FeedMessage> {
  const { data, office, clock, schedule, onDeadLetter, outside } = thread;
  const connect = outside?.connect ?? connectTerminal;
  const terminals = market.sources.map((source) => ({
    terminal: source.key,
    // A feed never trades: magic and deviation are of no meaning to it.
    quotes: connect(source, { clock, magic: 0, deviationPoints: 0 }),
  }));
  return actorChild<FeedMessage>({
    id: `feed:${market.symbol}`,
    restart: 'permanent',
    shutdownMs: 5_000,
    startMs,
    clock,
    schedule,
    mailbox,
    onDeadLetter,
    start: ({ self, signal }) =>
      createFeed({
        signal,
        symbol: market.symbol,
        timeframe: data.timeframe,
        sources: terminals,
        store,
        history: market.history,
        clock,
        ...(data.pollEveryMs !== undefined && { pollEveryMs: data.pollEveryMs }),
        fetchTimeoutMs: 120_000,
        self,
        features: features.ref,
        accounts,
        together: (work) => office.together(work),
        observer: office.ref<ObserverMessage>(addresses.observer),
      }),
  });
}
