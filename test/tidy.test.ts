import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

/** Spellings that have a better one here. */
const banned: readonly { spelling: RegExp; instead: string; except?: readonly string[] }[] = [
  { spelling: /Date\.now\(/, instead: 'clock.now()', except: ['src/runtime/clock.ts'] },
  {
    spelling: /performance\.now\(/,
    instead: 'clock.elapsed()',
    except: ['src/runtime/clock.ts', 'bench/'],
  },
  { spelling: /AbortSignal\.timeout\(/, instead: 'deadline(ms, clock, signal)' },
  // Neither may ever hear of it when a deadline has passed.
  { spelling: /AbortSignal\.any\(/, instead: 'a deadline, or a listener on each' },
  {
    spelling: /\bfetch\(/,
    instead: 'a client that listens to deadlines',
    except: [
      'test/',
      'src/brokers/mt5/terminal.test.ts',
      'src/cli/terminal.test.ts',
      'src/terminal-simulator/wire.test.ts',
    ],
  },
  { spelling: /Math\.random\(/, instead: 'a generator with a seed' },
  { spelling: /\bas any\b/, instead: 'a parser at the edge' },
  { spelling: /@ts-ignore|@ts-nocheck/, instead: 'the right type' },
  { spelling: /\b(TODO|FIXME|HACK)\b/, instead: 'an issue' },
  { spelling: /\b(test|it|describe)\.(only|todo)\b/, instead: 'a test that runs' },
];

const files = execFileSync('git', ['ls-files', 'src', 'test', 'bench', 'web'], { cwd: root })
  .toString()
  .split('\n')
  .filter((file) => /\.(ts|tsx|mjs)$/.test(file) && file !== 'test/tidy.test.ts');

describe('the house style', () => {
  test.each(banned)('has no $spelling, but $instead', ({ spelling, except }) => {
    const hits = files
      .filter((file) => !except?.some((start) => file.startsWith(start)))
      .filter((file) => spelling.test(readFileSync(join(root, file), 'utf8')));
    expect(hits).toEqual([]);
  });

  test('names folders by words of the domain', () => {
    const vague = /(^|\/)(utils?|helpers?|common|shared|misc)(\/|\.)/;
    expect(files.filter((file) => vague.test(file))).toEqual([]);
  });
});
