/**
 * 1,000 random sequences for one account against the simulator's exchange: calls that time out before and after they
 * are executed, answers that are lost, parts, refusals, reads that fail; people who close, move, strip, open, pay in
 * and out at the broker; engines that die. Counts what was lost, which has to be nothing.
 *
 *   npx tsx bench/faults.bench.ts [sequences] [first seed]
 */
import { type FaultAudit, playSequence } from '../test/fault-sequence.ts';
import { printMachine, printTable, quantile } from './measure.ts';

const [sequences = 1_000, first = 1] = process.argv.slice(2).map(Number);

printMachine();
const audits: FaultAudit[] = [];
const times: number[] = [];
const started = performance.now();
for (let seed = first; seed < first + sequences; seed += 1) {
  const begun = performance.now();
  audits.push(await playSequence(seed));
  times.push(performance.now() - begun);
}
const seconds = (performance.now() - started) / 1_000;
const total = (of: (audit: FaultAudit) => number) =>
  `${audits.reduce((sum, audit) => sum + of(audit), 0)}`;
printTable(
  [
    'sequences',
    'bars',
    'faults',
    'hands',
    'restarts',
    'entries',
    'closes',
    'deals',
    'lost or wrong',
  ],
  [
    [
      `${audits.length}`,
      total(({ bars }) => bars),
      total(({ faults }) => faults),
      total(({ hands }) => hands),
      total(({ restarts }) => restarts),
      total(({ entries }) => entries),
      total(({ closes }) => closes),
      total(({ deals }) => deals),
      total(({ problems }) => problems.length),
    ],
  ],
);
console.log(
  `${seconds.toFixed(1)} s, ${quantile(times, 0.5).toFixed(0)} ms per sequence (p99 ${quantile(times, 0.99).toFixed(0)} ms)`,
);
for (const { seed, problems } of audits) {
  for (const problem of problems) console.log(`seed ${seed}: ${problem}`);
}
if (audits.some(({ problems }) => problems.length > 0)) process.exitCode = 1;
