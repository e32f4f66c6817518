/**
 * A sweep of 1,000 sets with one worker and with two, as `novosky sweep` plays them: sets a second, threads started and
 * stopped included. Both have to come to the same results.
 *
 *   npx tsx bench/sweep.bench.ts FILE.csv.gz [--sets 1000]
 *
 * The file has to reach beyond what the shipped models were trained on: thresholds are swept over those bars.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import type { AccountPolicy } from '../src/account/policy.ts';
import { hashedPolicy } from '../src/account/policy-hash.ts';
import { playSets } from '../src/backtest/sweep/play-sets.ts';
import type { SetResult } from '../src/backtest/sweep/set-player.ts';
import type { SweepWorld } from '../src/backtest/sweep/sweep-world.ts';
import { planSweep } from '../src/cli/sweep-plan.ts';
import { printMachine, printTable, quantile, spread } from './measure.ts';

const runsEach = 3;
const target = 1.8;

const { values, positionals } = parseArgs({
  options: { sets: { type: 'string', default: '1000' }, dist: { type: 'string' } },
  allowPositionals: true,
});
const [data] = positionals;
if (data === undefined) {
  console.log('left out: name a file of M15 bars that reaches into 2025');
} else {
  const root = join(import.meta.dirname, '..');
  const state = mkdtempSync(join(tmpdir(), 'novosky-sweep-bench-'));
  const plan = await planSweep({
    ...{ target: 'signal', symbol: 'BTCUSD', data, state },
    ...{ config: join(root, 'config'), models: join(root, 'models') },
  });
  const sets = thresholdSets(plan.account.policy, Number(values.sets));
  printMachine();
  console.log(`${sets.length} sets over ${plan.world.bars.length} bars, ${runsEach} runs`);
  const [one, two] = await measure(plan.world, sets);
  printTable(
    ['workers', 'sets/s'],
    [
      ['1', spread(one, 2)],
      ['2', spread(two, 2)],
    ],
  );
  const ratio = quantile(two, 0.5) / quantile(one, 0.5);
  const verdict = ratio >= target ? 'met' : 'missed';
  console.log(`${ratio.toFixed(2)} x with two workers, target >= ${target} x: ${verdict}`);
  await plan.release();
  rmSync(state, { recursive: true });
}

type Set = { readonly policy: AccountPolicy };

/** One after the other, so that what else the machine does meets both. */
async function measure(
  world: SweepWorld,
  sets: readonly Set[],
): Promise<readonly [number[], number[]]> {
  const [one, two]: [number[], number[]] = [[], []];
  const expected = await play(world, sets, 1);
  one.push(expected.setsPerS);
  for (let run = 0; run < runsEach; run += 1) {
    const both = await play(world, sets, 2);
    two.push(both.setsPerS);
    if (!isDeepStrictEqual(both.results, expected.results)) {
      throw new Error('two workers come to other results than one');
    }
    if (one.length < runsEach) one.push((await play(world, sets, 1)).setsPerS);
  }
  return [one, two];
}

async function play(world: SweepWorld, sets: readonly Set[], workers: number) {
  const results = new Map<string, SetResult>();
  const started = performance.now();
  await playSets(world, sets, {
    workers,
    signal: new AbortController().signal,
    onResult: ({ policy }, result) => results.set(policy.hash, result),
  });
  const setsPerS = (1_000 * sets.length) / (performance.now() - started);
  return { setsPerS, results };
}

/** No two alike: what they do not share is what is measured. */
function thresholdSets(policy: AccountPolicy, count: number): readonly Set[] {
  const { hash: _, ...bare } = policy;
  return Array.from({ length: count }, (__, index) => {
    const confidenceMin = 0.5 + 0.2 * ((index % 40) / 40);
    const gapMin = 0.02 + 0.2 * (Math.floor(index / 40) / 25);
    return { policy: hashedPolicy({ ...bare, confidenceMin, gapMin }) };
  });
}
