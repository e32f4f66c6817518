import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSame } from './is-same.ts';

const plain = fc.jsonValue({ maxDepth: 3, noUnicodeString: true });

test.each<{ readonly one: unknown; readonly other: unknown; readonly same: boolean }>([
  { one: { bid: 1, ask: 2 }, other: { bid: 1, ask: 2 }, same: true },
  { one: { bid: 1, ask: 2 }, other: { bid: 1, ask: 3 }, same: false },
  { one: { bid: 1, ask: 2 }, other: { ask: 2, bid: 1 }, same: false },
  { one: { bid: 1 }, other: { bid: 1, ask: 2 }, same: false },
  { one: { bid: 1 }, other: undefined, same: false },
  { one: [], other: {}, same: false },
  { one: null, other: {}, same: false },
  { one: { profit: 0 }, other: { profit: -0 }, same: true },
])('$one and $other: $same', ({ one, other, same }) => {
  expect(isSame(one, other)).toBe(same);
  expect(isSame(other, one)).toBe(same);
});

test('says what their JSON says, of any two values', () => {
  fc.assert(
    fc.property(plain, plain, fc.boolean(), (one, another, isCopy) => {
      const other: unknown = isCopy ? structuredClone(one) : another;
      expect(isSame(one, other)).toBe(JSON.stringify(one) === JSON.stringify(other));
    }),
  );
});
