/** Asks the ensemble of a symbol once per bar, for all accounts. */
import type { FeatureVector } from '../domain/feature-vector.ts';
import type { Model } from '../inference/model.ts';
import type { Actor, ActorRef } from '../runtime/actor.ts';
import type { AccountMessage } from './account-message.ts';

export type InferenceMessage = { readonly type: 'features-ready'; readonly vector: FeatureVector };

export type InferenceOptions = {
  readonly models: ReadonlyMap<string, Model>;
  /** Accounts that trade a symbol. */
  readonly accountsOf: (symbol: string) => readonly ActorRef<AccountMessage>[];
};

export function createInference({ models, accountsOf }: InferenceOptions): Actor<InferenceMessage> {
  return {
    async receive({ vector }) {
      const { symbol, trace } = vector;
      const model = models.get(symbol);
      const message: AccountMessage =
        model === undefined
          ? { type: 'prediction-missing', trace, symbol, reason: `no model of ${symbol} is loaded` }
          : { type: 'prediction-ready', prediction: await model.predict(vector) };
      for (const account of accountsOf(symbol)) account.tell(message);
    },
  };
}
