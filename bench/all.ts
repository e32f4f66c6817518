/**
 * Every benchmark, one after the other, in about half an hour; their tables go to the file that is named, for
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
const dist = values.dist === undefined ? [] : ['--dist', values.dist];

type Bench = {
  readonly name: string;
  readonly title: string;
  /** What the figures mean and what they are held to. */
  readonly about: string;
  readonly args?: readonly string[];
};

const benches: readonly Bench[] = [
  {
    name: 'promise',
    title: 'The promise: 20 accounts, bar to wire',
    about:
      'From the moment the response with the closed bar had been read to the moment the order had been written to its socket, its intent on disk (FULL). Shipped models, low thresholds; terminals in another process on the same cores; as fast as it goes, the first bars of a cold process included. Target: p99 <= 20 ms where a FULL commit takes <= 0.5 ms.',
  },
  {
    name: 'promise',
    title: 'The same in a storm of orders',
    about: 'An order of every account on almost every bar, and every position ends on the next.',
    args: ['--storm', '--bars', '150'],
  },
  {
    name: 'decisions',
    title: 'Bar to durable intent, and events a second',
    about:
      'Targets, without the reading of a broker: one account p50 / p99 <= 0.6 / <= 3 ms, 100 accounts on the same bar all decided <= 15 ms; here account, positions and tick are read over HTTP in between. Limit of a shard: 35,800 events/s NORMAL, 55,500 in groups of 100 FULL.',
  },
  {
    name: 'flatten',
    title: 'Flatten under a flood',
    about: 'From telling the account to knowing that it is on its disk.',
  },
  {
    name: 'runtime',
    title: 'The runtime alone',
    about: 'Limits are what the same machine was seen to do without our runtime.',
  },
  {
    name: 'fleet',
    title: 'Fleets of 1, 10, 100 and 1,000',
    about:
      'Terminals in another process, each account with its own journal. Targets for 10 / 100 / 1,000: up in <= 500 / 1,000 / 3,000 ms, <= 350 / 300 / 500 MB (shared pages by their share), stopped in <= 2,000 ms without a lost intent, <= 3 % of a core for 100 accounts at one event a second (here: one bar, with five reads over HTTP).',
  },
  {
    name: 'journal',
    title: 'Journal, reconciling, a year of decisions',
    about:
      'Commits of one decision; 10,000 deals that are new at once, as after a long outage, and the same list again; a year of decisions asked for, folded and made again.',
  },
  {
    name: 'faults',
    title: '1,000 random fault sequences of an account',
    about: 'Calls that fail in every way, hands at the broker, engines that die. Target: 0 lost.',
    args: ['1000', '1'],
  },
  {
    name: 'bundle',
    title: 'Bundled entries of threads',
    about: 'Limit: 38 ms and 9 MB bundled, 71 ms and 17 MB not, for a thread without an account.',
  },
  {
    name: 'indicators',
    title: 'Six indicators, against libraries',
    about:
      'EMA 21, RSI 14, ATR 14, ADX 14, MACD 12/26/9 and Bollinger bands 20/2 on 300,000 bars, by the classes that the features are made of, after every library came to the same values. Target: all six <= 25 ms. All six in one pass took longer, not less: V8 no longer inlines them.',
  },
  { name: 'features', title: 'Features', about: '62 columns on 175,200 bars (five years of M15).' },
  {
    name: 'backtest',
    title: 'Backtests',
    about:
      'A bracket backtest against grademark, the same trades and no costs: target >= 10 x as fast. The whole command over 87,548 bars, both orders inside the bar: target <= 15 s with features and models, <= 3 s once the probabilities are cached. Of a bar that no level can be reached in, our market looks at five numbers; it makes quotes, and values the account for a stop-out, only where a bar is played. Both series were made ready before: that is not in the figures.',
    args: file,
  },
  {
    name: 'sweep',
    title: 'A sweep of 1,000 sets',
    about:
      'Thresholds of the signal, over the part of the bars after training that a sweep may see. Target: two workers >= 1.8 x one. One worker takes 1.16 cores already: V8 collects its garbage and compiles its code on the other one, so that two can be 1.7 x at best; starting a second worker and compiling the same code once more, 3 to 5 s of processor time, take the rest.',
    args: file,
  },
  {
    name: 'replay',
    title: 'The whole engine, 2,000 bars',
    about: 'Terminals in a thread of the engine, as `run --replay` has them.',
    args: file,
  },
];

const head = `# Results\n\n\`npm run build && npx tsx bench/all.ts\`, ${new Date().toISOString().slice(0, 10)}. Median [min .. max] where not said otherwise.\n\n`;
if (out !== undefined) writeFileSync(out, head);
const failed: string[] = [];
for (const { name, title, about, args = [] } of benches) {
  const started = performance.now();
  const script = join(import.meta.dirname, `${name}.bench.ts`);
  const { status, stdout } = spawnSync('npx', ['tsx', script, ...args, ...dist], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const seconds = ((performance.now() - started) / 1_000).toFixed(0);
  const shown = args.map((arg) => (arg === values.file ? 'FILE.csv.gz' : arg));
  const command = `npx tsx bench/${[`${name}.bench.ts`, ...shown].join(' ')}`;
  const text = `## ${title}\n\n${about}\n\n\`${command}\`, ${seconds} s\n\n${stdout.trim()}\n\n`;
  process.stdout.write(text);
  if (out !== undefined) appendFileSync(out, text);
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) throw new Error(`failed: ${failed.join(', ')}`);
