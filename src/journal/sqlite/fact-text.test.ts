import fc from 'fast-check';
import { expect, test } from 'vitest';
import { factText } from './fact-text.ts';

const prediction = fc.oneof(
  fc.dictionary(fc.string(), fc.jsonValue()),
  fc.array(fc.jsonValue()),
  fc.constantFrom(undefined, null, 'none', 0.4150051729965536),
);
const fact = fc.record(
  { type: fc.string(), at: fc.integer(), rest: fc.jsonValue(), prediction },
  { requiredKeys: ['type', 'at'] },
);

test('a fact reads as it was, whatever its prediction is and whoever wrote the same one before', () => {
  fc.assert(
    fc.property(fc.array(fact, { minLength: 1 }), (facts) => {
      for (const each of facts) {
        for (const twice of [each, { ...each, at: each.at + 1 }]) {
          expect(JSON.parse(factText(twice))).toEqual(JSON.parse(JSON.stringify(twice)));
        }
      }
    }),
  );
});

test('a prediction that several accounts write down becomes text once', () => {
  let reads = 0;
  const shared = {
    get mean() {
      reads += 1;
      return 0.5;
    },
  };
  const facts = ['a', 'b', 'c'].map((policyHash) => ({
    ...{ type: 'bar-decided', at: 1, policyHash },
    prediction: shared,
  }));
  const texts = facts.map((each) => factText(each));
  expect(texts.map((text) => JSON.parse(text).policyHash)).toEqual(['a', 'b', 'c']);
  expect(texts.map((text) => JSON.parse(text).prediction)).toEqual(Array(3).fill({ mean: 0.5 }));
  expect(reads).toBe(1);
});
