import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { SimulatedClock } from '../runtime/simulated-clock.ts';
import { openLog } from './log-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'novosky-log-'));
let names = 0;

afterAll(() => rmSync(folder, { recursive: true }));

function aLog(options: { readonly bytesMax?: number; readonly secrets?: readonly string[] } = {}) {
  names += 1;
  const own = join(folder, String(names));
  mkdirSync(own);
  const failures: unknown[] = [];
  const log = openLog({
    folder: own,
    clock: new SimulatedClock(),
    secrets: [],
    unwritten: (cause) => failures.push(cause),
    ...options,
  });
  return { log, path: join(own, 'novosky.log'), failures };
}

describe('the log of an engine', () => {
  test('stays within its size over months: a full file is put aside, one earlier is kept', () => {
    const { log, path } = aLog({ bytesMax: 2_000 });
    for (let count = 0; count < 500; count += 1) log.info({ count }, 'something-happened');
    expect(statSync(path).size).toBeLessThan(2_200);
    expect(statSync(`${path}.1`).size).toBeLessThan(2_200);
    expect(readFileSync(path, 'utf8')).toContain('"count":499');
  });

  test('that cannot be written loses lines, says so once, and throws at nobody', () => {
    const { log, path, failures } = aLog();
    mkdirSync(path);
    log.info({}, 'first');
    log.info({}, 'second');
    expect(failures).toMatchObject([{ code: 'EISDIR' }]);
    rmdirSync(path);
    log.info({}, 'third');
    expect(readFileSync(path, 'utf8')).toContain('third');
  });

  test('shows no secret', () => {
    const { log, path } = aLog({ secrets: ['123456:bot-token'] });
    log.warn({ reason: 'POST https://api.example/bot123456:bot-token/getMe' }, 'failed');
    expect(readFileSync(path, 'utf8')).not.toContain('bot-token');
  });
});
