import { expect, test } from 'vitest';
import { aPrediction, monday } from '../../test/account-world.ts';
import { epochMs } from '../domain/units.ts';
import { recordedPrediction } from './recorded-prediction.ts';

const bare = aPrediction('buy');
const whole = () => ({ ...bare, features: { rsi: 50 }, trainedTo: epochMs(monday) });

test('accounts that decide on the same prediction keep the same one, without what only guards look at', () => {
  const [first, second] = [whole(), whole()];
  const kept = recordedPrediction(first, {});
  expect(kept).toEqual(bare);
  expect(recordedPrediction(first, {})).toBe(kept);
  expect(recordedPrediction(second, {})).toEqual(bare);
  expect(recordedPrediction(second, {})).not.toBe(kept);
});

test('an account with guards keeps all of it, whatever another kept before', () => {
  const prediction = whole();
  recordedPrediction(prediction, {});
  expect(recordedPrediction(prediction, { guards: {} as never })).toBe(prediction);
});
