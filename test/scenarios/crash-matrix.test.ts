import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { brokerOutcomes } from '../crash/broker-outcomes.ts';
import { type CrashCase, runCrashCase } from '../crash/crash-case.ts';
import { type CrashStage, openCrashStage } from '../crash/crash-world.ts';
import { killPoints } from '../crash/kill-points.ts';

/** The rest is played by `npx tsx test/crash/crash-matrix.ts`. */
const crossSection: readonly CrashCase[] = [
  { point: 'intent-written', outcome: 'executed' },
  { point: 'order-sent', outcome: 'late' },
  { point: 'order-answered', outcome: 'never' },
  { point: 'opening-unwritten', outcome: 'executed' },
  { point: 'snapshot-writing', outcome: 'rejected' },
  { point: 'close-sent', outcome: 'executed' },
  { point: 'close-answered', outcome: 'late' },
];

describe('an engine whose process is killed', () => {
  let stage: CrashStage;

  beforeAll(async () => {
    stage = await openCrashStage();
  });

  afterAll(() => stage?.remove());

  test.each(crossSection)(
    'at $point doubles nothing and leaves nothing naked, the call being $outcome',
    async (each) => {
      const { problems, duplicates, naked, entries } = await runCrashCase(stage, each);
      expect({ problems, duplicates, naked }).toEqual({ problems: [], duplicates: 0, naked: 0 });
      expect(entries).toBeGreaterThan(0);
    },
  );
});

describe('the whole matrix', () => {
  const path = join(import.meta.dirname, '..', '..', 'docs', 'crash-matrix.md');
  const rows = readFileSync(path, 'utf8').split('\n');

  test.each(killPoints)('shows %s with every outcome, and all of them pass', (point) => {
    const verdicts = brokerOutcomes.map((outcome) =>
      rows.filter((row) => row.startsWith(`| \`${point}\` | ${outcome} |`)).map(verdictOf),
    );
    expect(verdicts).toEqual(brokerOutcomes.map(() => ['pass']));
  });
});

function verdictOf(row: string): string | undefined {
  return row.split(' | ').at(-1)?.replace(/ \|$/, '');
}
