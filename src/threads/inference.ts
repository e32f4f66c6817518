/** Composition root of the inference thread: the models of every symbol and the actor that asks them. */
import { join } from 'node:path';
import type { AccountMessage } from '../actors/account-message.ts';
import { createInference, type InferenceMessage } from '../actors/inference.ts';
import type { ObserverMessage } from '../actors/observer.ts';
import { atrColumn, featureSchemaHash, guardColumns } from '../features/schema.ts';
import { loadModel } from '../inference/load-model.ts';
import type { Model } from '../inference/model.ts';
import type { LoadedModel } from '../inference/onnx-ensemble.ts';
import { type ActorChild, actorChild } from '../runtime/actor-child.ts';
import type { ActorThread, ThreadMeans } from './actor-thread.ts';
import { addresses, type InferenceThreadData } from './thread-data.ts';
import { tradersOf } from './traders.ts';

/** Loads every model, then answers. Sessions are released before the thread leaves: ending it inside them would abort the process. */
export async function inferenceThread(
  means: ThreadMeans<InferenceThreadData>,
): Promise<ActorThread> {
  const models = await loadModels(means.data);
  const observer = means.office.ref<ObserverMessage>(addresses.observer);
  for (const [symbol, { missing }] of models) {
    for (const { message: reason } of missing) {
      observer.tell({ type: 'engine-event', event: { type: 'model-missing', symbol, reason } });
    }
  }
  return {
    actors: [inferenceChild(means, models)],
    release: async () => {
      for (const model of models.values()) await model.release();
    },
  };
}

async function loadModels({
  modelsFolder,
  markets,
}: InferenceThreadData): Promise<ReadonlyMap<string, LoadedModel>> {
  const models = new Map<string, LoadedModel>();
  for (const { symbol } of markets) {
    const folder = join(modelsFolder, symbol);
    models.set(
      symbol,
      await loadModel({
        ...{ folder, symbol, atrColumn },
        schemaHash: featureSchemaHash,
        toldColumns: guardColumns,
      }),
    );
  }
  return models;
}

export function inferenceChild(
  { data, office, clock, schedule, onDeadLetter }: ThreadMeans<InferenceThreadData>,
  models: ReadonlyMap<string, Model>,
): ActorChild<InferenceMessage> {
  const traders = new Map(data.markets.map((market) => [market.symbol, tradersOf(office, market)]));
  return actorChild<InferenceMessage>({
    id: 'inference',
    restart: 'permanent',
    shutdownMs: 5_000,
    startMs: 5_000,
    clock,
    schedule,
    mailbox: { capacity: 1_000, overflow: 'drop-oldest' },
    onDeadLetter,
    start: () =>
      createInference({
        models,
        together: (work) => office.together(work),
        accountsOf: (symbol) => traders.get(symbol)?.() ?? [],
        accountOf: (account) => office.ref<AccountMessage>(addresses.account(account)),
      }),
  });
}
