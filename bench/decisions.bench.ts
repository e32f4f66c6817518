/**
 * From the moment the response with a closed bar has been read to the intent on disk (FULL): account, positions and
 * tick of its broker are read over HTTP in between. One account, and all of a hundred on the same bars.
 *
 *   npm run build && npx tsx bench/decisions.bench.ts
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeGeneratedFile } from '../test/scenarios/generated-file.ts';
import { builtEntry, runBuilt } from './built-entry.ts';
import { runEngineApart } from './engine-run.ts';
import { writeFleetConfig } from './fleet-config.ts';
import { fullCommitMs, printMachine, printTable, quantile } from './measure.ts';
import { storm } from './trading.ts';

printMachine();
const folder = mkdtempSync(join(tmpdir(), 'novosky-decisions-'));
const programs = { engine: await builtEntry('engine'), terminals: await builtEntry('terminals') };
const path = join(folder, 'generated.csv');
const fromMs = writeGeneratedFile(path, { seed: 1, bars: 1_000 });
const commit = fullCommitMs();
console.log(`FULL commit: p50 ${commit.p50.toFixed(3)} ms, p99 ${commit.p99.toFixed(3)} ms`);
const rows: string[][] = [];
for (const { accounts, bars } of [
  { accounts: 1, bars: 1_000 },
  { accounts: 100, bars: 60 },
]) {
  const configFolder = join(folder, `config-${accounts}`);
  const stateFolder = join(folder, `state-${accounts}`);
  writeFleetConfig(configFolder, accounts, { trading: storm, account: { risk_pct: 0.1 } });
  const { latencies, wallMs } = await runEngineApart(programs, {
    ...{ configFolder, stateFolder, modelsFolder: join(import.meta.dirname, '..', 'models') },
    ...{ replay: { path, fromMs, bars }, isReported: false },
  });
  const intents = latencies.map(({ barToIntentMs }) => barToIntentMs);
  rows.push([
    `${accounts}`,
    `${intents.length}`,
    ...[0.5, 0.9, 0.99].map((share) => quantile(intents, share).toFixed(2)),
    (bars / (wallMs / 1_000)).toFixed(1),
  ]);
}
printTable(['accounts (auto)', 'orders', 'p50 ms', 'p90 ms', 'p99 ms', 'bars/s'], rows);
rmSync(folder, { recursive: true });
console.log('');
runBuilt(await builtEntry('shard'));
