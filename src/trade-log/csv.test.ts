import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvRecord } from './csv.ts';

describe('a record of CSV', () => {
  test.each([
    [[1, 'buy', null, 0.1 + 0.2], '1,buy,,0.30000000000000004'],
    [['a, b', 'he said "no"', 'two\nlines'], '"a, b","he said ""no""","two\nlines"'],
    [[-0.5, true, ''], '-0.5,true,'],
  ] as const)('%j is %s', (values, text) => {
    expect(csvRecord(values)).toBe(text);
  });

  test('gives every text back to whoever reads it by RFC 4180', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 5 }), (values) => {
        expect(parsed(csvRecord(values))).toEqual(values);
      }),
    );
  });
});

/** One record, read by the grammar of the RFC. */
function parsed(record: string): string[] {
  const fields: string[] = [];
  let rest = record;
  for (;;) {
    const match = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|$)/s.exec(rest);
    if (!match) throw new Error(`no field at ${rest}`);
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === '') return fields;
    rest = rest.slice(match[0].length);
  }
}
