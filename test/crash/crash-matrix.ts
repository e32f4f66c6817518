/**
 * Kills an engine at every point with every outcome at its broker, and writes `docs/crash-matrix.md`:
 * `npx tsx test/crash/crash-matrix.ts [POINT...]`. With points named it plays only those and writes nothing. Exit code 1
 * when a case does not pass.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/runtime/clock.ts';
import { brokerOutcomes } from './broker-outcomes.ts';
import { type CrashCase, runCrashCase } from './crash-case.ts';
import { type CrashOutcome, crashDocument, isPassed } from './crash-document.ts';
import { type CrashStage, openCrashStage } from './crash-world.ts';
import { killPoints } from './kill-points.ts';

const atOnce = 2;
const named = process.argv.slice(2);
const path = join(import.meta.dirname, '..', '..', 'docs', 'crash-matrix.md');
const say = (line: string) => process.stdout.write(`${line}\n`);

const cases: readonly CrashCase[] = killPoints
  .filter((point) => named.length === 0 || named.includes(point))
  .flatMap((point) => brokerOutcomes.map((outcome) => ({ point, outcome })));
const startedAt = systemClock.elapsed();
const stage = await openCrashStage();
try {
  const outcomes = await playAll(stage);
  const wallMs = systemClock.elapsed() - startedAt;
  const [cpu] = cpus();
  const machine = `${cpu?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.versions.node}`;
  if (named.length === 0) writeFileSync(path, crashDocument({ outcomes, machine, wallMs }));
  const passed = outcomes.filter(isPassed).length;
  say(`${passed} of ${outcomes.length} pass, ${Math.round(wallMs / 1_000)} s`);
  process.exitCode = passed === outcomes.length ? 0 : 1;
} finally {
  stage.remove();
}

/** In the order of the cases, whatever ends first. */
async function playAll(on: CrashStage): Promise<readonly CrashOutcome[]> {
  const found: CrashOutcome[] = [];
  const left = [...cases.entries()];
  const play = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [index, each] = next;
      found[index] = await playOne(on, each);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, play));
  return found;
}

async function playOne(on: CrashStage, each: CrashCase): Promise<CrashOutcome> {
  let outcome: CrashOutcome;
  try {
    outcome = await runCrashCase(on, each);
  } catch (error) {
    outcome = { ...each, error: error instanceof Error ? error.message : String(error) };
  }
  const time = 'error' in outcome ? '' : `${(outcome.wallMs / 1_000).toFixed(1)} s`;
  say(`${isPassed(outcome) ? 'pass' : 'FAIL'}  ${each.point} x ${each.outcome}  ${time}`);
  if (!isPassed(outcome)) say(JSON.stringify(outcome, undefined, 2));
  return outcome;
}
