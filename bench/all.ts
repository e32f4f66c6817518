/**
 * Every benchmark, one after the other, in about ten minutes; their tables go to the file that is named, for
 * `bench/RESULTS.md`. The machine has to be quiet: whatever else runs is in the figures.
 *
 *   npm run build && npx tsx bench/all.ts [OUT.md] [--file FILE.csv.gz]
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  options: { file: { type: 'string' }, dist: { type: 'string' } },
  allowPositionals: true,
});
const out = positionals[0];
const file = values.file === undefined ? [] : [values.file];
const promiseFile = values.file === undefined ? [] : ['--file', values.file];
const dist = values.dist === undefined ? [] : ['--dist', values.dist];

const benches: readonly (readonly [name: string, title: string, ...args: string[]])[] = [
  ['promise', 'The promise: 20 accounts, bar to wire', ...promiseFile],
  ['promise', 'The same in a storm of orders', '--storm', '--bars', '150', ...promiseFile],
  ['decisions', 'Bar to durable intent, and events a second'],
  ['flatten', 'Flatten under a flood'],
  ['runtime', 'The runtime alone'],
  ['fleet', 'Fleets of 1, 10, 100 and 1,000'],
  ['bundle', 'Bundled entries of threads'],
  ['features', 'Features'],
  ['replay', 'The whole engine, 2,000 bars', ...file],
];

if (out !== undefined) writeFileSync(out, '');
const failed: string[] = [];
for (const [name, title, ...args] of benches) {
  const started = performance.now();
  const script = join(import.meta.dirname, `${name}.bench.ts`);
  const { status, stdout } = spawnSync('npx', ['tsx', script, ...args, ...dist], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const seconds = ((performance.now() - started) / 1_000).toFixed(0);
  const text = `## ${title}\n\n\`npx tsx bench/${[`${name}.bench.ts`, ...args].join(' ')}\`, ${seconds} s\n\n${stdout.trim()}\n\n`;
  process.stdout.write(text);
  if (out !== undefined) appendFileSync(out, text);
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) throw new Error(`failed: ${failed.join(', ')}`);
