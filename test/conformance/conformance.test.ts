import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { conformanceDocument, verdict } from './document.ts';
import { pointerOf } from './item.ts';
import { messagesAndThreads } from './messages-and-threads.ts';
import { restartsAndScale } from './restarts-and-scale.ts';
import { startStopAdministration } from './start-stop-administration.ts';
import { testTitles } from './test-titles.ts';

const root = join(import.meta.dirname, '../..');
const document = join(root, 'docs/conformance.md');
const items = [...startStopAdministration, ...restartsAndScale, ...messagesAndThreads];

describe('the list of what the runtime is held to', () => {
  test('has every number from 1 to 110, once and in order', () => {
    expect(items.map(({ n }) => n)).toEqual(Array.from({ length: 110 }, (_, index) => index + 1));
  });

  test('names only tests that are there, by one title', () => {
    const titles = new Map<string, readonly string[]>();
    const titlesIn = (file: string) => {
      const path = join(root, file);
      const found =
        titles.get(file) ?? (existsSync(path) ? testTitles(readFileSync(path, 'utf8')) : []);
      titles.set(file, found);
      return found;
    };
    const wrong = items.flatMap(({ n, tests }) =>
      tests.map(pointerOf).flatMap(({ file, title }) => {
        const count = titlesIn(file).filter((found) => found === title).length;
        return count === 1 ? [] : [`${n}: ${count} tests in ${file} are called: ${title}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  test('calls at most ten of them not applicable', () => {
    const without = items.filter((item) => verdict(item).startsWith('not applicable'));
    expect(without.length).toBeLessThanOrEqual(10);
  });

  test('is what docs/conformance.md says', () => {
    const generated = conformanceDocument(items);
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(document, generated);
    expect(readFileSync(document, 'utf8')).toBe(generated);
  });
});
