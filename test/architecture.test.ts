import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

const source = join(import.meta.dirname, '..', 'src');

/** Who may import whom: the layers of the program, as data. A folder may always import itself. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  sqlite: [],
  config: [],
  telemetry: [],
  runtime: ['domain/assert.ts'],
  features: ['domain/'],
  strategy: ['domain/'],
  risk: ['domain/'],
  exchange: ['domain/'],
  account: ['domain/', 'strategy/', 'risk/'],
  'market-data': ['domain/', 'sqlite/'],
  protocol: ['domain/'],
  brokers: ['domain/', 'sqlite/', 'runtime/clock.ts', 'runtime/deadline.ts', 'runtime/retry.ts'],
  inference: ['domain/', 'sqlite/', 'runtime/clock.ts', 'runtime/deadline.ts', 'runtime/retry.ts'],
  journal: ['domain/', 'sqlite/', 'runtime/clock.ts', 'runtime/deadline.ts', 'runtime/retry.ts'],
  ownership: ['domain/', 'sqlite/', 'runtime/clock.ts', 'runtime/deadline.ts', 'runtime/retry.ts'],
  'terminal-simulator': [
    'domain/',
    'sqlite/',
    'exchange/',
    'market-data/',
    'brokers/simulation-control.ts',
    'runtime/clock.ts',
  ],
  actors: [
    'domain/',
    'features/',
    'account/',
    'risk/exposure.ts',
    'risk/exposure-ledger.ts',
    'market-data/',
    'protocol/',
    'runtime/',
    'brokers/broker.ts',
    'brokers/simulation-control.ts',
    'inference/model.ts',
    'journal/journal.ts',
    'ownership/ownership.ts',
  ],
  backtest: [
    'domain/',
    'features/',
    'inference/',
    'account/',
    'exchange/',
    'risk/exposure.ts',
    'risk/exposure-ledger.ts',
    'brokers/mt5/',
    'terminal-simulator/',
    'market-data/',
    'protocol/amount-text.ts',
    'runtime/seeded-random.ts',
    'runtime/thread.ts',
    'sqlite/',
    'strategy/regime.ts',
    'strategy/signal.ts',
  ],
  training: ['domain/', 'features/', 'exchange/', 'market-data/', 'backtest/', 'inference/'],
  'trade-log': ['domain/', 'account/', 'journal/'],
  console: ['domain/', 'protocol/', 'runtime/'],
  telegram: ['domain/', 'protocol/', 'runtime/'],
  threads: [''],
  engine: [''],
  simulation: [''],
  chaos: [''],
  cli: [''],
};

describe('the layers', () => {
  test('cover every folder of src', () => {
    const folders = readdirSync(source, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && sourceFiles(join(source, entry.name)).length > 0)
      .map((entry) => entry.name);
    expect(folders.filter((folder) => !(folder in mayImport))).toEqual([]);
  });

  test.each(Object.entries(mayImport))('%s imports only what its layer may', (folder, allowed) => {
    const reachable = [`${folder}/`, ...allowed];
    const strays = importsOf(folder).filter(
      ({ to }) => !reachable.some((start) => to.startsWith(start)),
    );
    expect(strays).toEqual([]);
  });

  test('let the dashboard see the protocol and nothing else of the engine', () => {
    const web = join(source, '..', 'web');
    const strays = sourceFiles(web)
      .flatMap((file) => specifiersOf(file).map((to) => ({ file: relative(web, file), to })))
      .filter(({ to }) => to.includes('/src/') && !to.includes('/src/protocol/'));
    expect(strays).toEqual([]);
  });
});

/** Imports of production files; tests may reach for the real other side of a wire. */
function importsOf(folder: string): { from: string; to: string }[] {
  return sourceFiles(join(source, folder))
    .filter((file) => !file.endsWith('.test.ts') && !file.endsWith('-contract.ts'))
    .flatMap((file) =>
      specifiersOf(file)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => ({
          from: relative(source, file),
          to: relative(source, join(dirname(file), specifier)),
        })),
    );
}

function specifiersOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const pattern = /(?:from|import|new URL)\s*\(?\s*'([^']+)'/g;
  return [...text.matchAll(pattern)].map((match) => match[1] ?? '');
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((file) => !file.includes('node_modules'));
}
