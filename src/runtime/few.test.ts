import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Few } from './few.ts';

const key = fc.constantFrom('a', 'b', 'c', 'd');
const step = fc.oneof(
  fc.record({ do: fc.constant('set' as const), key, value: fc.record({ n: fc.nat() }) }),
  fc.record({ do: fc.constant('delete' as const), key }),
  fc.record({ do: fc.constant('clear' as const) }),
);

type Kept = { readonly n: number };
type Keeps = Pick<Few<string, Kept>, 'set' | 'clear'> & { delete(key: string): unknown };
type Step =
  | { do: 'set'; key: string; value: Kept }
  | { do: 'delete'; key: string }
  | { do: 'clear' };

function take(those: Keeps, step: Step): void {
  if (step.do === 'set') those.set(step.key, step.value);
  else if (step.do === 'delete') those.delete(step.key);
  else those.clear();
}

test('a few are what a map would be', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const few = new Few<string, Kept>();
      const map = new Map<string, Kept>();
      for (const each of steps) {
        take(few, each);
        take(map as Map<string, Kept> & Keeps, each);
        expect([...few]).toEqual([...map]);
        expect(few.size).toBe(map.size);
        for (const name of ['a', 'b', 'c', 'd']) expect(few.get(name)).toBe(map.get(name));
      }
    }),
  );
});

test('one that leaves while others are walked over keeps nobody from being met', () => {
  const few = new Few<string, Kept>();
  for (const [n, name] of ['a', 'b', 'c'].entries()) few.set(name, { n });
  const met: string[] = [];
  for (const [name] of few) {
    met.push(name);
    few.delete(name);
  }
  expect(met).toEqual(['a', 'b', 'c']);
  expect(few.size).toBe(0);
});
