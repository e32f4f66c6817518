/**
 * What a fleet costs, as `auto` places it: cold start, memory, processor time at rest and at one bar a second, and the
 * time of an orderly stop in the middle of work, after which no intent may be lost.
 *
 *   npm run build && npx tsx bench/fleet.bench.ts [--accounts 1,10,100,1000]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeGeneratedFile } from '../test/scenarios/generated-file.ts';
import { builtEntry } from './built-entry.ts';
import { type EngineRun, type EngineUp, runEngineApart } from './engine-run.ts';
import { type FleetOptions, writeFleetConfig } from './fleet-config.ts';
import { lostOrders } from './lost-orders.ts';
import { printMachine, printTable } from './measure.ts';
import { treeCpuMs, treeMemoryMb } from './process-memory.ts';
import { never, storm } from './trading.ts';

const { values: given } = parseArgs({
  options: {
    accounts: { type: 'string', default: '1,10,100,1000' },
    isolations: { type: 'string', default: 'thread,process,shared:one' },
    each: { type: 'string', default: '16' },
    dist: { type: 'string' },
  },
});
const bars = 20_000;
/** Market minutes per second at which a bar closes every second. */
const barASecond = 15;
const restMs = 8_000;

const folder = mkdtempSync(join(tmpdir(), 'novosky-fleet-'));
const data = join(folder, 'generated.csv');
const fromMs = writeGeneratedFile(data, { seed: 1, bars });
const programs = { engine: await builtEntry('engine'), terminals: await builtEntry('terminals') };
let runs = 0;

type Fleet = {
  readonly up: EngineUp;
  readonly done: EngineRun;
  readonly memoryMb: number;
  readonly cpuShare: number;
  readonly lost: number;
};

printMachine();
console.log('\nA bar a second, nothing to trade on:');
const rows: string[][] = [];
for (const count of given.accounts.split(',').map(Number)) {
  const quiet = await run(count, { trading: never }, barASecond);
  const busy = await run(count, { trading: storm }, undefined);
  rows.push([
    `${count}`,
    quiet.up.readyMs.toFixed(0),
    quiet.up.heardMs.toFixed(0),
    quiet.memoryMb.toFixed(0),
    (quiet.cpuShare * 100).toFixed(1),
    quiet.done.stopMs.toFixed(0),
    busy.done.stopMs.toFixed(0),
    `${busy.lost}`,
  ]);
}
printTable(
  [
    'accounts (auto)',
    'up ms',
    'all heard of ms',
    'memory MB',
    'CPU % of a core',
    'stop at rest ms',
    'stop at work ms',
    'intents lost',
  ],
  rows,
);

console.log('\nMemory of one more account:');
const few = 2;
const many = Number(given.each);
const memory: string[][] = [];
for (const isolation of given.isolations.split(',')) {
  const options = { trading: never, account: { isolation } };
  const [low, high] = [await run(few, options, barASecond), await run(many, options, barASecond)];
  const perAccount = (high.memoryMb - low.memoryMb) / (many - few);
  memory.push([isolation, perAccount.toFixed(1), high.up.readyMs.toFixed(0)]);
}
printTable(['isolation', 'MB an account', `up ms with ${many}`], memory);
rmSync(folder, { recursive: true });

async function run(
  count: number,
  options: FleetOptions,
  speed: number | undefined,
): Promise<Fleet> {
  runs += 1;
  const configFolder = join(folder, `config-${runs}`);
  const stateFolder = join(folder, `state-${runs}`);
  writeFleetConfig(configFolder, count, options);
  let up: EngineUp | undefined;
  let cpuAtUp = 0;
  let upAt = 0;
  let memoryMb = 0;
  let cpuShare = 0;
  const timer = { cancel: () => {} };
  const done = await runEngineApart(
    programs,
    {
      ...{ configFolder, stateFolder, modelsFolder: join(import.meta.dirname, '..', 'models') },
      replay: { path: data, fromMs, bars },
      ...(speed !== undefined && { speed }),
      ...{ forMs: restMs, isReported: false },
    },
    {
      onUp: (notice, pid) => {
        up = notice;
        cpuAtUp = treeCpuMs(pid);
        upAt = performance.now();
        timer.cancel = later(restMs - 500, () => {
          cpuShare = (treeCpuMs(pid) - cpuAtUp) / (performance.now() - upAt);
          memoryMb = treeMemoryMb(pid);
        });
      },
    },
  );
  timer.cancel();
  if (up === undefined) throw new Error('the engine never came up');
  const lost = lostOrders(stateFolder, count);
  rmSync(stateFolder, { recursive: true });
  return { up, done, memoryMb, cpuShare, lost };
}

function later(ms: number, task: () => void): () => void {
  const timer = globalThis.setTimeout(task, ms);
  return () => clearTimeout(timer);
}
