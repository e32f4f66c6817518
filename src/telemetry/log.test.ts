import { describe, expect, test } from 'vitest';
import { createLog, type LogOptions } from './log.ts';

function aLog(options: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const log = createLog({
    write: (line) => lines.push(line),
    level: 'info',
    now: () => Date.UTC(2025, 2, 4, 10, 15),
    ...options,
  });
  return { log, lines, records: () => lines.map((line) => JSON.parse(line)) };
}

describe('the log', () => {
  test('writes one line of JSON for each event, with the time of the clock', () => {
    const { log, lines, records } = aLog({ facts: { thread: 'main' } });
    log.warn({ accountId: 'a', observed: 0.051, allowed: 0.05 }, 'order-denied');
    expect(lines[0]).not.toContain('\n');
    expect(records()).toEqual([
      {
        level: 'warn',
        time: '2025-03-04T10:15:00.000Z',
        thread: 'main',
        accountId: 'a',
        observed: 0.051,
        allowed: 0.05,
        event: 'order-denied',
      },
    ]);
  });

  test('leaves out what is below its level', () => {
    const { log, lines } = aLog({ level: 'warn' });
    log.info('bar-closed');
    log.error('disk-full');
    expect(lines).toHaveLength(1);
  });

  test('hides fields that hold secrets', () => {
    const { log, lines } = aLog();
    const account = { telegram: { token: 'one', chatId: '5' } };
    log.info({ token: 'two', headers: { authorization: 'three' }, account }, 'configured');
    expect(lines[0]).not.toMatch(/one|two|three/);
    expect(lines[0]).toContain('"chatId":"5"');
  });

  test('hides known secrets wherever they turn up, quoted or inside an error', () => {
    const { log, lines } = aLog({ secrets: ['s3cr3t', 's3cr3t"longer', 'abc'] });
    const error = new Error('GET http://host/bots3cr3t/x', { cause: new Error('s3cr3t"longer') });
    log.error({ error, url: 'http://host/s3cr3t', letters: 'abc' }, 'request-failed');
    expect(lines[0]).not.toMatch(/s3cr3t|longer/);
    expect(lines[0]).toContain('"letters":"abc"');
  });

  test('tells an error with its origin', () => {
    const { log, records } = aLog();
    log.error({ error: new Error('no answer', { cause: new Error('refused') }) }, 'read-failed');
    expect(records()[0].error).toMatchObject({
      message: 'no answer',
      cause: { message: 'refused' },
    });
  });
});
