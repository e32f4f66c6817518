/** Asks the ensemble of a symbol once per bar, for all accounts, and its position model for one account at a time. */
import type { PositionQuestion } from '../account/position-questions.ts';
import { unreachable } from '../domain/assert.ts';
import type { FeatureVector } from '../domain/feature-vector.ts';
import type { AccountId } from '../domain/units.ts';
import type { Model } from '../inference/model.ts';
import type { Actor, ActorRef } from '../runtime/actor.ts';
import type { AccountMessage } from './account-message.ts';

export type InferenceMessage =
  | { readonly type: 'features-ready'; readonly vector: FeatureVector }
  /** About a position at the newest bar of its symbol. */
  | {
      readonly type: 'position-asked';
      readonly account: AccountId;
      readonly question: PositionQuestion;
    };

export type InferenceOptions = {
  readonly models: ReadonlyMap<string, Model>;
  /** Accounts that trade a symbol. */
  readonly accountsOf: (symbol: string) => readonly ActorRef<AccountMessage>[];
  /** Says what `work` says to all of them as one message to each thread, where that can be. */
  readonly together: (work: () => void) => void;
  /** Who asked about a position. */
  readonly accountOf: (account: AccountId) => ActorRef<AccountMessage>;
};

export function createInference(options: InferenceOptions): Actor<InferenceMessage> {
  /** The newest vector of each symbol. */
  const vectors = new Map<string, FeatureVector>();
  return {
    receive(message) {
      switch (message.type) {
        case 'features-ready':
          vectors.set(message.vector.symbol, message.vector);
          return predict(options, message.vector);
        case 'position-asked':
          return judge(options, message, vectors.get(message.question.symbol));
        default:
          return unreachable(message);
      }
    },
  };
}

async function predict(
  { models, accountsOf, together }: InferenceOptions,
  vector: FeatureVector,
): Promise<void> {
  const { symbol, trace } = vector;
  const model = models.get(symbol);
  const message: AccountMessage =
    model === undefined
      ? { type: 'prediction-missing', trace, symbol, reason: `no model of ${symbol} is loaded` }
      : { type: 'prediction-ready', prediction: await model.predict(vector) };
  together(() => {
    for (const account of accountsOf(symbol)) account.tell(message);
  });
}

/**
 * A question about a bar whose features are not known here, after a restart, is not answered: they come again with the
 * bar, and so does the question.
 */
async function judge(
  { models, accountOf }: InferenceOptions,
  { account, question }: Extract<InferenceMessage, { type: 'position-asked' }>,
  vector: FeatureVector | undefined,
): Promise<void> {
  if (vector?.trace !== question.trace) return;
  const { symbol, state } = question;
  const position = models.get(symbol)?.position;
  const answer =
    position === undefined
      ? { question, missing: `the models of ${symbol} have none of open positions` }
      : { question, prediction: await position.predict(vector, state) };
  accountOf(account).tell({ type: 'position-judged', answer });
}
