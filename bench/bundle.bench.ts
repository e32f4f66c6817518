/**
 * What bundling the entries of threads brings: start and memory of accounts in threads of their own, from the build as
 * it is and from the same build before `build:threads`.
 *
 *   npm run build && npx tsx bench/bundle.bench.ts
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeGeneratedFile } from '../test/scenarios/generated-file.ts';
import { builtEntry, distFolder } from './built-entry.ts';
import { type EngineUp, runEngineApart } from './engine-run.ts';
import { writeFleetConfig } from './fleet-config.ts';
import { printMachine, printTable, spread } from './measure.ts';
import { treeMemoryMb } from './process-memory.ts';
import { never } from './trading.ts';

const accounts = 16;
const runsEach = 3;
const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'novosky-bundle-'));
const path = join(folder, 'generated.csv');
const fromMs = writeGeneratedFile(path, { seed: 1, bars: 10_000 });

printMachine();
const plain = plainBuild();
const rows: string[][] = [];
for (const [name, dist] of [
  ['as compiled', plain],
  ['bundled', distFolder()],
] as const) {
  const one = await measure(dist, 1);
  const many = await measure(dist, accounts);
  const perThread = many.memory.map((mb, n) => (mb - (one.memory[n] ?? 0)) / (accounts - 1));
  const startMs = many.ready.map((ms, n) => (ms - (one.ready[n] ?? 0)) / (accounts - 1));
  rows.push([name, spread(startMs, 1), spread(perThread, 1), spread(many.ready, 0)]);
}
printTable(['entries', 'ms a thread', 'MB a thread', `up ms with ${accounts}`], rows);
rmSync(folder, { recursive: true });

/** The sources compiled once more, without bundles. */
function plainBuild(): string {
  const target = join(folder, 'plain');
  cpSync(join(root, 'package.json'), join(target, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(target, 'node_modules'));
  const dist = join(target, 'dist');
  const args = ['tsc', '-p', join(root, 'tsconfig.build.json'), '--outDir', dist];
  const { status } = spawnSync('npx', args, { stdio: 'inherit', cwd: root });
  if (status !== 0) throw new Error('the sources do not compile');
  return dist;
}

async function measure(
  dist: string,
  count: number,
): Promise<{ readonly ready: number[]; readonly memory: number[] }> {
  const programs = {
    engine: await builtEntry('engine', dist),
    terminals: await builtEntry('terminals', dist),
  };
  const configFolder = join(folder, `config-${count}`);
  writeFleetConfig(configFolder, count, { trading: never, account: { isolation: 'thread' } });
  const [ready, memory]: [number[], number[]] = [[], []];
  for (let run = 0; run < runsEach; run += 1) {
    const stateFolder = mkdtempSync(join(folder, 'state-'));
    await runEngineApart(
      programs,
      {
        ...{ configFolder, stateFolder, modelsFolder: join(root, 'models') },
        ...{ replay: { path, fromMs, bars: 10_000 }, speed: 15, forMs: 3_000, isReported: false },
      },
      {
        onUp: (up: EngineUp, pid: number) => {
          ready.push(up.readyMs);
          void sleep(2_500).then(() => memory.push(treeMemoryMb(pid)));
        },
      },
    );
  }
  return { ready, memory };
}
