/** Nobody reads what a command writes any more: whoever read it has gone, or the disk that it went to is full. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { writeGeneratedFile } from './generated-file.ts';
import { novosky } from './process.ts';
import { scenarioConfig } from './scenario-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'novosky-lost-reader-'));
const config = scenarioConfig(join(folder, 'config'));
const data = join(folder, 'bars.csv');
const bars = 20;
const from = new Date(writeGeneratedFile(data, { seed: 3, bars })).toISOString();

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a run', () => {
  test('trades to its end without a reader', async () => {
    const { child, ended } = novosky(runTo('pipe'));
    child.stdout?.destroy();
    child.stderr?.destroy();
    expect(await ended).toBe(0);
    expect(reportOf('pipe')).toMatchObject({ bars });
  });

  test('trades to its end on a full disk', async () => {
    const full = openSync('/dev/full', 'w');
    const { ended } = novosky(runTo('full'), {}, full);
    closeSync(full);
    expect(await ended).toBe(0);
    expect(reportOf('full')).toMatchObject({ bars });
  });
});

test('a command that only tells fails where nothing can be told', async () => {
  const full = openSync('/dev/full', 'w');
  const { ended } = novosky(['accounts', '--config', config, '--state', folder], {}, full);
  closeSync(full);
  expect(await ended).toBe(1);
});

function runTo(name: string): readonly string[] {
  return [
    ...['run', '--config', config, '--state', join(folder, name), '--no-console'],
    ...['--replay', data, '--from', from.slice(0, 16), '--bars', String(bars), '--speed', 'max'],
    ...['--report', join(folder, `${name}.json`)],
  ];
}

function reportOf(name: string): unknown {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
}
