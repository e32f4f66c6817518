/**
 * How long "flatten" takes to be on an account's disk while 100,000 messages pour in from another thread: control
 * overtakes data, p99 <= 20 ms.
 *
 *   npm run build && npx tsx bench/flatten.bench.ts
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeGeneratedFile } from '../test/scenarios/generated-file.ts';
import { builtEntry } from './built-entry.ts';
import { runBesideTerminals } from './engine-run.ts';
import { writeFleetConfig } from './fleet-config.ts';
import { printMachine } from './measure.ts';

printMachine();
const folder = mkdtempSync(join(tmpdir(), 'novosky-flatten-'));
const configFolder = join(folder, 'config');
writeFleetConfig(configFolder, 1);
const data = join(folder, 'generated.csv');
const fromMs = writeGeneratedFile(data, { seed: 1, bars: 10 });
const programs = { engine: await builtEntry('flatten'), terminals: await builtEntry('terminals') };
const args = [await builtEntry('flooder'), configFolder, join(folder, 'state'), data, `${fromMs}`];
await runBesideTerminals(programs, args);
rmSync(folder, { recursive: true });
