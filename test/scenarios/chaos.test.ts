import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ChaosReport } from '../../src/chaos/chaos-run.ts';
import { writeGeneratedFile } from './generated-file.ts';
import { novosky } from './process.ts';

const folder = mkdtempSync(join(tmpdir(), 'novosky-chaos-test-'));

/** Quick ones, each once and `killed` twice, that together ask for every invariant. */
const troubles = ['actor-crash', 'thread-ended', 'disk-full', 'config-broken', 'paused', 'killed'];

/** What only Linux tells about processes. */
const unknowable =
  process.platform === 'linux' ? [] : ['no process is left over', 'memory stays bounded'];

test('a few blows break no promise, on replays that begin again when they end', async () => {
  const bars = join(folder, 'bars.csv');
  const report = join(folder, 'report.json');
  writeGeneratedFile(bars, { seed: 11, bars: 60 });
  const run = novosky([
    ...['chaos', '--minutes', '3', '--blows', '7', '--replay', bars, '--seed', '7'],
    ...['--troubles', troubles.join(','), '--json', report],
  ]);
  expect({ end: await run.ended, said: run.output() }).toMatchObject({ end: 0 });
  const { verdicts, violations, orders, decisions } = JSON.parse(
    readFileSync(report, 'utf8'),
  ) as ChaosReport;
  const unchecked = verdicts.flatMap(({ invariant, checks }) => (checks === 0 ? [invariant] : []));
  expect({ violations, unchecked }).toEqual({ violations: 0, unchecked: unknowable });
  expect(orders).toBeGreaterThan(10);
  expect(decisions).toBeGreaterThan(50);
}, 240_000);
