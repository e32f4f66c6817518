import { beforeAll, describe, expect, test } from 'vitest';
import { generatedBars } from '../../test/generated-bars.ts';
import { type Bar, pricesOf, timeframeMs, traceOf } from '../domain/bar.ts';
import type { FeatureVector } from '../domain/feature-vector.ts';
import { createFeatureEngine } from '../features/feature-engine.ts';
import { featureSchemaHash } from '../features/schema.ts';
import { valuesHash } from '../features/values-hash.ts';
import { openBarStore } from '../market-data/bar-store.ts';
import type { AccountMessage } from './account-message.ts';
import { createFeature } from './feature.ts';

const roundStep = 1_000;
const bars = generatedBars({ seed: 3, count: 10_400 });
/** What the engine gives for each bar of the whole series. */
const vectors: (Float64Array | undefined)[] = [];

beforeAll(() => {
  const engine = createFeatureEngine({ roundStep });
  for (const bar of bars) vectors.push(engine.update(bar));
});

function aStage() {
  const store = openBarStore(':memory:');
  const vectorsTold: FeatureVector[] = [];
  const missing: AccountMessage[] = [];
  let stored = 0;
  let breaths = 0;
  const start = () =>
    createFeature({
      symbol: 'BTCUSD',
      timeframe: 'M15',
      roundStep,
      store,
      breathe: async () => {
        breaths += 1;
      },
      inference: {
        name: 'inference',
        tell: (message) => {
          if (message.type === 'features-ready') vectorsTold.push(message.vector);
        },
      },
      accounts: () => [{ name: 'account', tell: (message) => missing.push(message) }],
    });
  let actor = start();
  return {
    vectorsTold,
    missing,
    breaths: () => breaths,
    /** Stores bars up to this many. */
    store: (count: number) => {
      store.append('BTCUSD', 'M15', bars.slice(stored, count));
      stored = count;
    },
    tell: async (count: number) => {
      const { openTime } = bars[count - 1] as Bar;
      return (await actor).receive({
        type: 'bar-closed',
        trace: traceOf('BTCUSD', 'M15', openTime),
        openTime,
      });
    },
    restart: () => {
      actor = start();
    },
  };
}

const ready = 10_300;

describe('features', () => {
  test('are those of the whole series, under the name of the bar', async () => {
    const stage = aStage();
    stage.store(ready);
    await stage.tell(ready);
    const barTime = (bars[ready - 1] as Bar).openTime;
    expect(vectors[ready - 1]).toBeDefined();
    expect(stage.vectorsTold).toEqual([
      {
        trace: `BTCUSD/M15/${barTime}`,
        symbol: 'BTCUSD',
        barTime,
        bar: pricesOf(bars[ready - 1] as Bar),
        schemaHash: featureSchemaHash,
        values: vectors[ready - 1],
        valuesHash: valuesHash(vectors[ready - 1] as Float64Array),
      },
    ]);
  });

  test('are the same when the bar is told again, and after a restart', async () => {
    const stage = aStage();
    stage.store(ready);
    await stage.tell(ready);
    await stage.tell(ready);
    stage.restart();
    await stage.tell(ready);
    const [first, ...others] = stage.vectorsTold;
    expect(others).toEqual([first, first]);
  });

  test('give way to the rest of their thread while they take in a long history', async () => {
    const stage = aStage();
    stage.store(ready);
    stage.restart();
    await stage.tell(ready);
    expect(stage.breaths()).toBe(Math.floor((ready - 1) / 2_000));
  });

  test('take in bars that nobody told: what was missed belongs to the series', async () => {
    const stage = aStage();
    stage.store(ready);
    await stage.tell(ready);
    stage.store(ready + 50);
    await stage.tell(ready + 50);
    expect(stage.vectorsTold.at(-1)?.values).toEqual(vectors[ready + 49]);
    expect(stage.vectorsTold).toHaveLength(2);
  });

  test('of a bar are not told any more when a newer one was taken in', async () => {
    const stage = aStage();
    stage.store(ready + 1);
    stage.restart();
    await stage.tell(ready);
    expect(stage.vectorsTold).toEqual([]);
    await stage.tell(ready + 1);
    expect(stage.vectorsTold[0]?.values).toEqual(vectors[ready]);
  });

  test('see nothing of a bar that is stored and not told yet', async () => {
    const stage = aStage();
    stage.store(ready);
    await stage.tell(ready);
    stage.store(ready + 2);
    await stage.tell(ready + 1);
    expect(stage.vectorsTold.at(-1)?.values).toEqual(vectors[ready]);
  });

  test('that are still warming up are missing, and the accounts hear why', async () => {
    const stage = aStage();
    stage.store(100);
    await stage.tell(100);
    const { openTime } = bars[99] as Bar;
    const closedAt = new Date(openTime + timeframeMs.M15).toISOString();
    expect(stage.vectorsTold).toEqual([]);
    expect(stage.missing).toEqual([
      {
        type: 'prediction-missing',
        trace: `BTCUSD/M15/${openTime}`,
        symbol: 'BTCUSD',
        reason: `the features are still warming up at ${closedAt}`,
      },
    ]);
  });
});
