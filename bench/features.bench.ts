/**
 * How many bars per second the feature engine takes: 62 features on 175,200 M15 bars (five years), as a batch and bar by
 * bar, after its values were checked. `npx tsx bench/features.bench.ts`
 */
import { cpus } from 'node:os';
import { createFeatureEngine } from '../src/features/feature-engine.ts';
import { featureMatrix } from '../src/features/feature-matrix.ts';
import { featureCount } from '../src/features/schema.ts';
import { generatedBars } from '../test/generated-bars.ts';

const bars = generatedBars({ seed: 1, count: 175_200 });
const options = { roundStep: 1_000 };
const warmUps = 2;
const runs = 9;
const rowsExpected = 165_121;
const meanExpected = 0.951896357846;

verify();
console.log(`machine  ${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`);
console.log(`node     ${process.version}`);
console.log(`bars     ${bars.length} M15, seeded random walk`);
measure('batch', () => featureMatrix(bars, options));
measure('stream', stream);
measure('snapshot', snapshots);

/** The whole series bar by bar, and the last vector. */
function stream(): Float64Array {
  const engine = createFeatureEngine(options);
  let last: Float64Array = new Float64Array(featureCount);
  for (const bar of bars) last = engine.update(bar) ?? last;
  return last;
}

/** A snapshot as JSON and back after every hundredth bar. */
function snapshots(): void {
  let engine = createFeatureEngine(options);
  for (const [index, bar] of bars.entries()) {
    engine.update(bar);
    if (index % 100 !== 0) continue;
    const snapshot = JSON.parse(JSON.stringify(engine.snapshot()));
    engine = createFeatureEngine({ ...options, snapshot });
  }
}

/**
 * A fast wrong answer is none: batch and stream agree bit for bit, every value is finite, and their mean is the one
 * that was noted when the formulas had been proven.
 */
function verify(): void {
  const { values, rows } = featureMatrix(bars, options);
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const isEqual = Buffer.from(values.slice(-featureCount).buffer).equals(
    Buffer.from(stream().buffer),
  );
  if (!isEqual || rows !== rowsExpected || !(Math.abs(mean - meanExpected) < 1e-9)) {
    throw new Error(`batch and stream disagree, or values are wrong: ${rows} rows, mean ${mean}`);
  }
}

function measure(name: string, work: () => unknown): void {
  for (let run = 0; run < warmUps; run++) work();
  const times = Array.from({ length: runs }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  }).sort((a, b) => a - b);
  const median = times[Math.floor(runs / 2)] as number;
  const spread = `${(times[0] as number).toFixed(0)}-${(times.at(-1) as number).toFixed(0)} ms`;
  const rate = Math.round((bars.length / median) * 1_000).toLocaleString('en-US');
  console.log(
    `${name.padEnd(8)} median ${median.toFixed(0)} ms of ${runs} (${spread}), ${rate} bars/s`,
  );
}
