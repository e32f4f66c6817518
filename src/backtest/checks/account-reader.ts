import type { AccountFact } from '../../account/account-fact.ts';
import { initialState } from '../../account/account-state.ts';
import { closedGate } from '../../account/quiet-bar.ts';
import { type Bar, timeframeMs, traceOf } from '../../domain/bar.ts';
import type { FeatureVector } from '../../domain/feature-vector.ts';
import type { Prediction } from '../../domain/prediction.ts';
import { featureMatrix } from '../../features/feature-matrix.ts';
import { featureCount, featureSchemaHash } from '../../features/schema.ts';
import { valuesHash } from '../../features/values-hash.ts';
import type { Model } from '../../inference/model.ts';
import { type Kind, kinds, statementsOf } from '../parity/statements.ts';
import { type BacktestRequest, playPath } from '../play-path.ts';
import type { BarReader } from './look-ahead.ts';

/** What is said to an account of the bars of a series, and asked about its positions. */
type Advice = {
  predict(index: number): Promise<Prediction | undefined>;
  readonly judge?: BacktestRequest['judge'];
};
export type Adviser = (bars: readonly Bar[]) => Advice;

type Account = Pick<BacktestRequest, 'policy' | 'terms' | 'deposit' | 'magic' | 'fleetCaps'>;

const timeframe = 'M15';
const compared: readonly Kind[] = kinds.filter((kind) => kind !== 'prediction');

/**
 * A backtest of a new account from the first bar that is asked about: what it has done at the open of each bar, knowing the
 * bars before it and this open. Decisions with every number, orders, fills, stops, closes, guards. Of the last bar of a series
 * only its open is shown, so that one bar ahead is too far already.
 */
export function accountReader(symbol: string, account: Account, adviser: Adviser): BarReader {
  return {
    names: compared.map((kind) => `account: ${kind}`),
    read: async (series) => {
      const bars = [...series.slice(0, -1), ...series.slice(-1).map(opened)];
      const { predict, judge } = adviser(bars);
      return async (from, to) => {
        const played = bars.slice(0, to + 1);
        const predictions = new Map<number, Prediction>();
        for (let index = from; index < to; index += 1) {
          const prediction = await predict(index);
          if (prediction) predictions.set(index, prediction);
        }
        const facts: AccountFact[] = [];
        await playPath(
          {
            ...{ ...account, symbol, timeframe, bars: played, first: from, last: to - 1, judge },
            predictions: seriesOf(predictions),
          },
          'pessimistic',
          { onFact: (fact) => facts.push(fact) },
        );
        return rowsOf(facts, { account: account.policy.account, bars, from, to });
      };
    },
  };
}

/** What is known of a bar when it opens. */
function opened({ open, ...bar }: Bar): Bar {
  return { ...bar, open, high: open, low: open, close: open, volume: 0 };
}

/** As the engine asks the models of a set. */
export function modelAdviser(model: Model, roundStep: number): Adviser {
  return (bars) => {
    const { first, values } = featureMatrix(bars, { roundStep });
    const places = new Map(bars.map(({ openTime }, index) => [openTime as number, index]));
    const vectorAt = (index: number): FeatureVector => {
      const { openTime: barTime } = bars[index] as Bar;
      const at = (index - first) * featureCount;
      const row = values.subarray(at, at + featureCount);
      const { symbol } = model;
      const trace = traceOf(symbol, timeframe, barTime);
      const named = { trace, symbol, barTime, schemaHash: featureSchemaHash };
      return { ...named, values: row, valuesHash: valuesHash(row) };
    };
    const { position } = model;
    return {
      predict: async (index) => (index < first ? undefined : model.predict(vectorAt(index))),
      ...(position && {
        judge: async (question) => {
          const index = places.get(Number(question.trace.split('/').at(-1))) ?? -1;
          return { question, prediction: await position.predict(vectorAt(index), question.state) };
        },
      }),
    };
  };
}

function seriesOf(predictions: ReadonlyMap<number, Prediction>): BacktestRequest['predictions'] {
  return {
    modelHash: '',
    first: 0,
    at: (index) => predictions.get(index),
    closedGate: (index, policy) => {
      const prediction = predictions.get(index);
      return prediction && closedGate(policy, prediction);
    },
  };
}

type Part = {
  readonly account: Account['policy']['account'];
  readonly bars: readonly Bar[];
  readonly from: number;
  readonly to: number;
};

/** A bar has what came with the close of the one before it. */
function rowsOf(facts: readonly AccountFact[], { account, bars, from, to }: Part) {
  const rows = Array.from({ length: to - from + 1 }, () => compared.map(() => ''));
  const nothing = initialState(account);
  let place = 0;
  for (const fact of facts) {
    while (place < to - from && closeOf(bars[from + place]) <= fact.at) place += 1;
    for (const { kind, subject, values } of statementsOf([fact], nothing)) {
      const row = rows[place] as string[];
      row[compared.indexOf(kind)] += `${subject} ${JSON.stringify(values)} `;
    }
  }
  return rows;
}

function closeOf(bar: Bar | undefined): number {
  return (bar?.openTime ?? 0) + timeframeMs[timeframe];
}
