import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonSyntaxError, parseStrictJson } from './strict-json.ts';

describe('strict JSON', () => {
  test('reads whatever JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(parseStrictJson(text).value).toEqual(JSON.parse(text));
      }),
    );
  });

  test('refuses what JSON.parse refuses', () => {
    const pieces = fc.constantFrom(...'{}[],:"\\ \n-+.eE01truefalsenull/#\u0001é'.split(''), '"a"');
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const text = parts.join('');
        const theirs = outcome(() => JSON.parse(text));
        const ours = outcome(() => parseStrictJson(text).value);
        if (theirs === 'refused') expect(ours).toBe('refused');
        else if (!text.includes('"')) expect(ours).toEqual(theirs); // keys may be there twice
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ['{ "a": 1, "b": 2, "a": 3 }', 'the key "a" is written twice', 1, 19],
    ['{\n  "a": 1,\n}', 'expected a key in double quotes', 3, 1],
    ['{ "a": 1 // one\n}', 'expected "," or "}"', 1, 10],
    ['// one\n{}', 'JSON has no comments', 1, 1],
    ['{ "a": 1 } x', 'nothing may follow the outermost value', 1, 12],
    ['{ "a" 1 }', 'expected ":" after the key "a"', 1, 7],
    ['{ "a": }', 'a value is missing before "}"', 1, 8],
    ['{\n "a": [1,\n', 'the file ends in the middle of a value', 3, 1],
    ['', 'the file ends in the middle of a value', 1, 1],
    ['{ "a": yes }', 'yes is no JSON value', 1, 8],
    ["{ 'a': 1 }", 'expected a key in double quotes', 1, 3],
    ['{ "a": 01 }', 'expected a value', 1, 8],
    ['{ "a": .5 }', 'expected a value', 1, 8],
    ['{ "a": "b }', 'the string is not closed', 1, 8],
    [`${'['.repeat(40)}1`, 'nested 32 deep', 1, 34],
  ])('says where %j goes wrong', (text, problem, line, column) => {
    expect(() => parseStrictJson(text)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(problem), line, column }),
    );
  });

  test('knows the line of every value', () => {
    const { lines } = parseStrictJson('\uFEFF{\n "a": {\n  "b": [1,\n   2] },\n "c": null }');
    expect(Object.fromEntries(lines)).toEqual({
      '': 1,
      a: 2,
      'a.b': 3,
      'a.b.0': 3,
      'a.b.1': 4,
      c: 5,
    });
  });

  test('keeps a key called __proto__ as a key', () => {
    const { value } = parseStrictJson('{ "__proto__": { "isAdmin": true } }');
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect((value as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });
});

function outcome(parse: () => unknown): unknown {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof JsonSyntaxError) return 'refused';
    throw error;
  }
}
