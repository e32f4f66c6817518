/** Shares the seeds of a simulation among processes: each plays a range of its own. */
import { fork } from 'node:child_process';
import { assert } from '../domain/assert.ts';
import type { SimulatedTotal, SimulateOptions } from './simulate.ts';

type Range = { readonly seeds: number; readonly firstSeed: number };
type Part = { readonly isSound: boolean; readonly said: string };

/** Which ranges have broken seeds is said at once, and what those have to tell in the order of the seeds, at the end. */
export async function simulateInProcesses(
  { seeds, firstSeed, jobs }: SimulateOptions,
  write: (line: string) => void,
  onProgress: (total: SimulatedTotal) => void,
): Promise<{ readonly isSound: boolean; readonly total: SimulatedTotal }> {
  const totals: SimulatedTotal[] = [];
  const parts = await Promise.all(
    rangesOf({ seeds, firstSeed }, jobs).map((range, index) =>
      simulateApart(range, (total) => {
        totals[index] = total;
        onProgress(sumOf(totals));
      }).then((part) => {
        const last = range.firstSeed + range.seeds - 1;
        if (!part.isSound) write(`a seed of ${range.firstSeed} to ${last} breaks a rule`);
        return part;
      }),
    ),
  );
  for (const { said } of parts) if (said !== '') write(said.trimEnd());
  return { isSound: parts.every(({ isSound }) => isSound), total: sumOf(totals) };
}

function simulateApart(
  { seeds, firstSeed }: Range,
  onProgress: (total: SimulatedTotal) => void,
): Promise<Part> {
  const [, program] = process.argv;
  assert(program, 'node was started with a program');
  const range = ['--seeds', String(seeds), '--first-seed', String(firstSeed)];
  const child = fork(program, ['simulate', ...range], { silent: true });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  child.on('message', (total) => onProgress(total as SimulatedTotal));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ isSound: code === 0, said }));
  });
}

function rangesOf({ seeds, firstSeed }: Range, jobs: number): readonly Range[] {
  const size = Math.ceil(seeds / jobs);
  return Array.from({ length: jobs }, (_, index) => ({
    seeds: Math.min(size, seeds - index * size),
    firstSeed: firstSeed + index * size,
  })).filter((range) => range.seeds > 0);
}

function sumOf(totals: readonly SimulatedTotal[]): SimulatedTotal {
  return totals.reduce(
    (sum, { seeds, steps, accountDays }) => ({
      seeds: sum.seeds + seeds,
      steps: sum.steps + steps,
      accountDays: sum.accountDays + accountDays,
    }),
    { seeds: 0, steps: 0, accountDays: 0 },
  );
}
