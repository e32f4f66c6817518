import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { UsageError } from '../config/usage-error.ts';
import { assertWritable, latencyOf } from './report.ts';

test('a report that could not be written is refused before the replay', () => {
  const folder = mkdtempSync(join(tmpdir(), 'novosky-report-'));
  assertWritable(join(folder, 'report.json'));
  expect(() => assertWritable(join(folder, 'nowhere', 'report.json'))).toThrow(UsageError);
  rmSync(folder, { recursive: true });
});

test('latencies are nearest-rank percentiles, zeros when no order was sent', () => {
  const steps = Array.from({ length: 100 }, (_, index) => ({
    barToIntentMs: 100 - index,
    barToWireMs: 0.12349,
  }));
  expect(latencyOf(steps)).toEqual({
    barToIntent: { p50: 50, p99: 99 },
    barToWire: { p50: 0.123, p99: 0.123 },
  });
  expect(latencyOf([]).barToIntent).toEqual({ p50: 0, p99: 0 });
});
