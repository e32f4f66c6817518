/** Turns each closed bar into the feature vector that all accounts share. */
import {
  type BarPrices,
  pricesOf,
  type Timeframe,
  type Trace,
  timeframeMs,
} from '../domain/bar.ts';
import { type EpochMs, epochMs } from '../domain/units.ts';
import { createFeatureEngine, type FeatureEngine } from '../features/feature-engine.ts';
import { featureSchemaHash } from '../features/schema.ts';
import { valuesHash } from '../features/values-hash.ts';
import type { BarStore } from '../market-data/bar-store.ts';
import type { Actor, ActorRef } from '../runtime/actor.ts';
import type { AccountMessage } from './account-message.ts';
import type { InferenceMessage } from './inference.ts';

/** The newest closed bar, which the store holds; the same one again gives the same vector again. */
export type FeatureMessage = {
  readonly type: 'bar-closed';
  readonly trace: Trace;
  readonly openTime: EpochMs;
};

export type FeatureOptions = {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly roundStep: number;
  /** Where the series stands: it is read from its first bar at every start. */
  readonly store: BarStore;
  readonly inference: ActorRef<InferenceMessage>;
  /** Asked for every bar. */
  readonly accounts: () => readonly ActorRef<AccountMessage>[];
  /** Lets the rest of the thread have a turn: years of bars are taken in piece by piece. */
  readonly breathe: () => Promise<void>;
  /** Default: an engine that has seen no bar yet. */
  readonly openEngine?: (() => FeatureEngine) | undefined;
};

type State = {
  readonly engine: FeatureEngine;
  lastOpenTime: EpochMs | undefined;
  lastBar: BarPrices | undefined;
  lastVector: Float64Array | undefined;
};

/** A thread that is silent for longer than it takes to compute so many bars counts as hung. */
const barsInOneBreath = 2_000;

/** Resolves when every stored bar has been taken in. */
export async function createFeature(options: FeatureOptions): Promise<Actor<FeatureMessage>> {
  const { roundStep, openEngine = () => createFeatureEngine({ roundStep }) } = options;
  const engine = openEngine();
  const { lastOpenTime } = engine;
  const state: State = { engine, lastOpenTime, lastBar: undefined, lastVector: undefined };
  await catchUp(options, state);

  return {
    async receive({ trace, openTime }) {
      await catchUp(options, state, openTime);
      // A newer bar has closed meanwhile: its own message follows, this one is history.
      if (state.lastOpenTime === openTime) publish(options, state, trace);
    },
  };
}

/** Takes in every stored bar that has not been seen, in order: what was missed belongs to the series. */
async function catchUp(
  { store, symbol, timeframe, breathe }: FeatureOptions,
  state: State,
  to?: EpochMs,
): Promise<void> {
  const from = state.lastOpenTime === undefined ? undefined : epochMs(state.lastOpenTime + 1);
  const bars = store.bars(symbol, timeframe, {
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  });
  for (const [index, bar] of bars.entries()) {
    if (index > 0 && index % barsInOneBreath === 0) await breathe();
    state.lastVector = state.engine.update(bar);
    state.lastOpenTime = bar.openTime;
    state.lastBar = pricesOf(bar);
  }
}

function publish(options: FeatureOptions, state: State, trace: Trace): void {
  const { symbol, timeframe } = options;
  const barTime = state.lastOpenTime as EpochMs;
  if (state.lastVector === undefined) {
    const closedAt = new Date(barTime + timeframeMs[timeframe]).toISOString();
    const reason = `the features are still warming up at ${closedAt}`;
    for (const account of options.accounts()) {
      account.tell({ type: 'prediction-missing', trace, symbol, reason });
    }
    return;
  }
  const { lastVector: values, lastBar: bar } = state;
  options.inference.tell({
    type: 'features-ready',
    vector: {
      ...{ trace, symbol, barTime, values },
      ...(bar && { bar }),
      schemaHash: featureSchemaHash,
      valuesHash: valuesHash(values),
    },
  });
}
