/**
 * What a replay of 2,000 bars through the whole engine costs, for 1, 2 and 8 accounts: threads, HTTP, journals, models.
 *
 *   npm run build && npx tsx bench/replay.bench.ts [FILE.csv.gz]
 *
 * Without a file it replays generated bars. Before anything is timed, two runs must give the same trades.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { RunReport } from '../src/cli/report.ts';
import { writeGeneratedFile } from '../test/scenarios/generated-file.ts';
import { distFolder } from './built-entry.ts';
import { writeFleetConfig } from './fleet-config.ts';
import { printMachine, spread } from './measure.ts';

const bars = 2_000;
const runsEach = 2;
const folder = mkdtempSync(join(tmpdir(), 'novosky-bench-'));
const main = join(distFolder(), 'main.js');

type Measured = {
  readonly report: RunReport;
  readonly wallMs: number;
  readonly peakMb: number;
};

const data = dataFile();
printMachine();
console.log(`${data.name}, ${bars} bars, median of ${runsEach} [min .. max]`);
verifyEqualResults();
console.log('| accounts | wall s | bars/s | peak MB | bar to wire p50 ms | p99 ms |');
console.log('| ---: | ---: | ---: | ---: | ---: | ---: |');
for (const accounts of [1, 2, 8]) {
  const runs = Array.from({ length: runsEach }, () => replay(accounts));
  const wall = runs.map(({ wallMs }) => wallMs / 1000);
  const cells = [
    spread(wall, 1),
    spread(
      wall.map((seconds) => bars / seconds),
      0,
    ),
    spread(
      runs.map(({ peakMb }) => peakMb),
      0,
    ),
    spread(
      runs.map(({ report }) => report.latencyMs.barToWire.p50),
      2,
    ),
    spread(
      runs.map(({ report }) => report.latencyMs.barToWire.p99),
      2,
    ),
  ];
  console.log(`| ${accounts} | ${cells.join(' | ')} |`);
}
rmSync(folder, { recursive: true });

function dataFile(): { readonly path: string; readonly from: string; readonly name: string } {
  const options = { dist: { type: 'string' } } as const;
  const [given] = parseArgs({ options, allowPositionals: true }).positionals;
  if (given !== undefined) return { path: given, from: '2025-01-01', name: basename(given) };
  const path = join(folder, 'generated.csv');
  const from = writeGeneratedFile(path, { seed: 1, bars });
  return { path, from: new Date(from).toISOString().slice(0, 16), name: 'generated bars' };
}

function verifyEqualResults(): void {
  const [one, other] = [replay(2), replay(2)].map(({ report }) =>
    JSON.stringify(Object.values(report.accounts).map(({ trades }) => trades)),
  );
  if (one !== other) throw new Error('two runs of the same replay gave different trades');
}

function replay(accounts: number): Measured {
  const state = mkdtempSync(join(folder, 'state-'));
  const config = join(folder, `config-${accounts}`);
  writeFleetConfig(config, accounts);
  const reportPath = join(state, 'report.json');
  const peakPath = join(state, 'peak');
  const hook = `process.on('exit',()=>require('fs').writeFileSync(${JSON.stringify(peakPath)},String(process.resourceUsage().maxRSS)))`;
  const hookPath = join(state, 'peak.cjs');
  writeFileSync(hookPath, `if(require('worker_threads').isMainThread){${hook}}`);
  const started = performance.now();
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--require', hookPath, main, 'run', '--config', config, '--replay', data.path]
      .concat(['--from', data.from, '--bars', String(bars), '--speed', 'max'])
      .concat(['--state', join(state, 'run'), '--report', reportPath]),
    { encoding: 'utf8', maxBuffer: 1e9 },
  );
  if (status !== 0) throw new Error(`the replay failed: ${stderr}`);
  return {
    report: JSON.parse(readFileSync(reportPath, 'utf8')) as RunReport,
    wallMs: performance.now() - started,
    peakMb: Number(readFileSync(peakPath, 'utf8')) / 1024,
  };
}
