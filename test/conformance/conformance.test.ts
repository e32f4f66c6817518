import { describe, expect, test } from 'vitest';
import { conformanceDocument, verdictIn } from './document.ts';
import { item, notApplicable } from './item.ts';
import { items } from './items.ts';
import { type Result, verdictOf } from './verdict.ts';

describe('the list of what the runtime is held to', () => {
  test('has every number from 1 to 110, once and in order', () => {
    expect(items.map(({ n }) => n)).toEqual(Array.from({ length: 110 }, (_, index) => index + 1));
  });

  test('calls at most ten of them not applicable', () => {
    const without = items.filter((each) => each.notApplicable !== undefined);
    expect(without.length).toBeLessThanOrEqual(10);
  });

  test('has a test for each of the others', () => {
    const open = items.filter((each) => !each.notApplicable && each.tests.length === 0);
    expect(open).toEqual([]);
  });
});

const file = 'src/runtime/mailbox.test.ts';
const stops = item(
  1,
  'It stops.',
  'mailbox: a stop > comes first',
  'mailbox: a stop > of %s is $how.long',
);
const passed: readonly Result[] = [
  { title: 'a stop > comes first', state: 'passed' },
  { title: 'a stop > of a child is short', state: 'passed' },
  { title: 'a stop > of all (100 %) is long', state: 'passed' },
  { title: 'another one', state: 'failed' },
];

function verdictWith(changed: Partial<Record<number, Result['state'] | 'absent'>>) {
  const results = passed.flatMap(({ title, state }, index) => {
    const now = changed[index] ?? state;
    return now === 'absent' ? [] : [{ title, state: now }];
  });
  return verdictOf(stops, new Map([[file, results]]));
}

describe('the verdict on an item', () => {
  test('is pass when all of its tests passed, in every case of their tables', () => {
    expect(verdictWith({})).toBe('pass');
  });

  test.each([
    ['a test failed', { 0: 'failed' }],
    ['one case of a table failed', { 2: 'failed' }],
    ['a test is not there any more', { 0: 'absent' }],
    ['a table has no case any more', { 1: 'absent', 2: 'absent' }],
  ] as const)('is failed when %s', (_, changed) => {
    expect(verdictWith(changed)).toBe('failed');
  });

  test('is none when a test did not run', () => {
    expect(verdictWith({ 2: 'skipped' })).toBeUndefined();
    expect(verdictOf(stops, new Map())).toBeUndefined();
  });

  test('needs no run where there is no test', () => {
    expect(verdictOf(item(2, 'It starts.'), new Map())).toBe('open');
    const without = notApplicable(3, 'It links.', 'there are no links');
    expect(verdictOf(without, new Map())).toBe('not applicable: there are no links');
  });
});

describe('a document', () => {
  test('says of each item what was found', () => {
    const document = conformanceDocument([stops], () => 'pass');
    expect(verdictIn(document, stops)).toBe('pass');
    expect(document).toContain('1 pass.');
  });

  test('says nothing of an item that names other tests than before', () => {
    const document = conformanceDocument([stops], () => 'pass');
    expect(verdictIn(document, { ...stops, tests: stops.tests.slice(1) })).toBeUndefined();
  });
});
