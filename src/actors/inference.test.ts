import { describe, expect, test } from 'vitest';
import { aPrediction } from '../../test/account-world.ts';
import { traceOf } from '../domain/bar.ts';
import type { FeatureVector } from '../domain/feature-vector.ts';
import { epochMs } from '../domain/units.ts';
import type { Model } from '../inference/model.ts';
import type { AccountMessage } from './account-message.ts';
import { createInference } from './inference.ts';

const barTime = epochMs(1_736_121_600_000);

function aVector(symbol: string): FeatureVector {
  const trace = traceOf(symbol, 'M15', barTime);
  return { trace, symbol, barTime, schemaHash: 'schema', values: new Float64Array(62) };
}

function aStage(predict: Model['predict']) {
  const told: [account: string, message: AccountMessage][] = [];
  const asked: string[] = [];
  const refOf = (name: string) => ({
    name,
    tell: (message: AccountMessage) => told.push([name, message]),
  });
  const model = {
    predict: (vector: FeatureVector) => {
      asked.push(vector.trace);
      return predict(vector);
    },
  } as Model;
  const inference = createInference({
    models: new Map([['BTCUSD', model]]),
    accountsOf: (symbol) => (symbol === 'BTCUSD' ? [refOf('one'), refOf('two')] : [refOf('three')]),
    together: (work) => work(),
    accountOf: refOf,
  });
  return { told, asked, receive: inference.receive };
}

describe('inference', () => {
  test('asks the models of a symbol once per bar, for all of its accounts', async () => {
    const prediction = aPrediction('buy');
    const { told, asked, receive } = aStage(async () => prediction);
    await receive({ type: 'features-ready', vector: aVector('BTCUSD') });
    expect(asked).toHaveLength(1);
    expect(told).toEqual([
      ['one', { type: 'prediction-ready', prediction }],
      ['two', { type: 'prediction-ready', prediction }],
    ]);
  });

  test('says so to the accounts of a symbol that has no models: their bar is held, not forgotten', async () => {
    const { told, receive } = aStage(async () => aPrediction('buy'));
    await receive({ type: 'features-ready', vector: aVector('XAUUSD') });
    expect(told).toEqual([
      [
        'three',
        {
          type: 'prediction-missing',
          trace: `XAUUSD/M15/${barTime}`,
          symbol: 'XAUUSD',
          reason: 'no model of XAUUSD is loaded',
        },
      ],
    ]);
  });

  test('fails with its model and tells nobody anything: its supervisor starts it again', async () => {
    const { told, receive } = aStage(() => Promise.reject(new Error('a session failed')));
    const vector = aVector('BTCUSD');
    await expect(receive({ type: 'features-ready', vector })).rejects.toThrow('a session failed');
    expect(told).toEqual([]);
  });
});
