import { expect, test } from 'vitest';
import { aPrediction } from '../../../test/account-world.ts';
import { price } from '../../domain/units.ts';
import { atrColumn, featureCount } from '../../features/schema.ts';
import { valuesHash } from '../../features/values-hash.ts';
import { checkFeatures } from './recompute.ts';

const values = new Float64Array(featureCount).fill(0.5);
const bar = { open: price(1), high: price(4), low: price(0.5), close: price(2) };
const said = aPrediction('buy');
const prediction = {
  ...said,
  atr: price(values[atrColumn] ?? 0),
  featuresHash: valuesHash(values),
};
const vectors = {
  source: 'bars.db',
  firstBar: 0,
  byBar: new Map([[said.barTime, values]]),
  prices: new Map([[said.barTime, bar]]),
};

test('a bar that is recorded as the store has it is equal', () => {
  expect(checkFeatures({ ...prediction, bar }, vectors)).toMatchObject({ outcome: 'equal' });
});

test('a bar that the store has otherwise now is named by its price', () => {
  const other = { ...bar, close: price(3) };
  expect(checkFeatures({ ...prediction, bar: other }, vectors)).toEqual({
    outcome: 'different',
    differences: [{ path: 'features.bar.close', recorded: 3, recomputed: 2 }],
  });
});

test('a journal of an earlier program, which has no bar, is held to its features alone', () => {
  expect(checkFeatures(prediction, vectors)).toMatchObject({ outcome: 'equal' });
});
