import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { NewsFileError, readNewsFile } from './news-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'novosky-news-'));
afterAll(() => rmSync(folder, { recursive: true }));

function read(name: string, content: unknown, currencies = ['USD']) {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return readNewsFile(path, currencies);
}

const cpi = { time: '2025-01-15T13:30:00Z', currency: 'USD', impact: 'high', title: 'CPI' };
const ecb = { time: '2025-01-30T14:15:00+01:00', currency: 'EUR', impact: 'high' };
const claims = { ...cpi, time: '2025-01-16T13:30:00Z', impact: 'medium' };
const month = { from: '2025-01-01T00:00:00Z', to: '2025-02-01T00:00:00Z' };

describe('a file of events', () => {
  test('gives the high-impact ones of the wanted currencies, in order', () => {
    const file = { ...month, events: [ecb, claims, cpi, cpi] };
    expect(read('news.json', file)).toEqual({
      from: Date.UTC(2025, 0, 1),
      to: Date.UTC(2025, 1, 1),
      times: [Date.UTC(2025, 0, 15, 13, 30)],
    });
    expect(read('news.json', file, ['USD', 'EUR']).times).toEqual([
      Date.UTC(2025, 0, 15, 13, 30),
      Date.UTC(2025, 0, 30, 13, 15),
    ]);
  });

  test('may be a table, which covers the time from its first event to its last', () => {
    const rows = [ecb, cpi, claims].map(
      ({ time, currency, impact }) => `${time},${currency},${impact},Rates, and more`,
    );
    expect(read('news.csv', ['time,currency,impact,title', ...rows, ''].join('\r\n'))).toEqual({
      from: Date.UTC(2025, 0, 15, 13, 30),
      to: Date.UTC(2025, 0, 30, 13, 15),
      times: [Date.UTC(2025, 0, 15, 13, 30)],
    });
  });

  test.each<[string, string, unknown, string]>([
    ['no JSON', 'a.json', '{"from":', 'is not valid JSON'],
    ['a key twice', 'a.json', '{"from": 1, "from": 2}', 'is not valid JSON'],
    ['an unknown key', 'a.json', { ...month, events: [], source: 'x' }, 'Unrecognized key'],
    [
      'a time without its offset',
      'a.json',
      { ...month, events: [{ ...cpi, time: '2025-01-15T13:30:00' }] },
      'events.0.time',
    ],
    [
      'an unknown impact',
      'a.json',
      { ...month, events: [{ ...cpi, impact: 'huge' }] },
      'events.0.impact',
    ],
    [
      'an event outside of its time',
      'a.json',
      { ...month, events: [{ ...cpi, time: '2025-02-01T00:00:01Z' }] },
      'outside',
    ],
    [
      'a time that ends before it begins',
      'a.json',
      { from: month.to, to: month.from, events: [] },
      'covers no time',
    ],
    ['another header', 'a.csv', 'date,currency,impact,title\n', 'must begin with the line'],
    ['no event at all', 'a.csv', 'time,currency,impact,title\n', 'holds no event'],
    [
      'a row that is no event',
      'a.csv',
      'time,currency,impact,title\nsoon,USD,high,CPI\n',
      'in line 2, time',
    ],
    [
      'too many events',
      'a.json',
      { ...month, events: Array.from({ length: 5_001 }, () => cpi) },
      'at most 5000',
    ],
  ])('with %s is refused', (_, name, content, problem) => {
    expect(() => read(name, content)).toThrow(problem);
    expect(() => read(name, content)).toThrow(NewsFileError);
  });

  test('that is not there is refused', () => {
    expect(() => readNewsFile(join(folder, 'none.json'), ['USD'])).toThrow('cannot be read');
  });
});
