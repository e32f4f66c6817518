/**
 * Kills an engine at every point with every outcome at its broker, and writes `docs/crash-matrix.md`:
 * `npx tsx test/crash/crash-matrix.ts [POINT|all [OUTCOME]]`. With arguments it plays only these and replaces
 * their rows.
 * Exit code 1 when a case does not pass.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/runtime/clock.ts';
import { brokerOutcomes } from './broker-outcomes.ts';
import { type CrashCase, PointPassedByError, runCrashCase } from './crash-case.ts';
import { type CrashOutcome, crashDocument, isPassed, withReplayed } from './crash-document.ts';
import { type CrashStage, openCrashStage } from './crash-world.ts';
import { killPoints } from './kill-points.ts';

const atOnce = 2;
const [onlyPoint, onlyOutcome] = process.argv.slice(2);
const triesMax = 3;
const path = join(import.meta.dirname, '..', '..', 'docs', 'crash-matrix.md');
const say = (line: string) => process.stdout.write(`${line}\n`);

const cases: readonly CrashCase[] = killPoints
  .flatMap((point) => brokerOutcomes.map((outcome) => ({ point, outcome })))
  .filter(({ point }) => onlyPoint === undefined || onlyPoint === 'all' || point === onlyPoint)
  .filter(({ outcome }) => onlyOutcome === undefined || outcome === onlyOutcome);
const startedAt = systemClock.elapsed();
const stage = await openCrashStage();
try {
  const outcomes = await playAll(stage);
  const wallMs = systemClock.elapsed() - startedAt;
  const [cpu] = cpus();
  const machine = `${cpu?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.versions.node}`;
  const document =
    onlyPoint === undefined
      ? crashDocument({ outcomes, machine, wallMs })
      : withReplayed(readFileSync(path, 'utf8'), outcomes);
  writeFileSync(path, document);
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
  const outcome = await playUntilReached(on, each);
  const time = 'error' in outcome ? '' : `${(outcome.wallMs / 1_000).toFixed(1)} s`;
  say(`${isPassed(outcome) ? 'pass' : 'FAIL'}  ${each.point} x ${each.outcome}  ${time}`);
  if (!isPassed(outcome)) say(JSON.stringify(outcome, undefined, 2));
  return outcome;
}

async function playUntilReached(
  on: CrashStage,
  each: CrashCase,
  triesLeft = triesMax,
): Promise<CrashOutcome> {
  try {
    return await runCrashCase(on, each);
  } catch (error) {
    const isOver = !(error instanceof PointPassedByError) || triesLeft <= 1;
    if (isOver) return { ...each, error: error instanceof Error ? error.message : String(error) };
    say(`again ${each.point} x ${each.outcome}: ${error.message}`);
    return playUntilReached(on, each, triesLeft - 1);
  }
}
