import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { finishRunState, openRunState, type RunIdentity } from './run-state.ts';

const replay: RunIdentity = {
  kind: 'replay',
  dataSha256: 'a'.repeat(64),
  symbol: 'BTCUSD',
  from: Date.UTC(2025, 0, 1),
  bars: 2_000,
  seed: 1,
  isFinished: false,
};
let folder = '';

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'novosky-run-state-')), 'state');
});

/** Opens the folder as a run would, and leaves it again. */
function visit(identity: RunIdentity): boolean {
  const { lease, isResumed } = openRunState(folder, identity);
  lease.release();
  return isResumed;
}

describe('a state folder', () => {
  test.each<[string, RunIdentity]>([
    ['the engine', { kind: 'engine' }],
    ['a replay', replay],
  ])('of %s is new once and resumed from then on', (_, identity) => {
    expect([visit(identity), visit(identity), visit(identity)]).toEqual([false, true, true]);
  });

  test.each<[string, RunIdentity]>([
    ['the engine', { kind: 'engine' }],
    ['other data', { ...replay, dataSha256: 'b'.repeat(64) }],
    ['another symbol', { ...replay, symbol: 'XAUUSD' }],
    ['another beginning', { ...replay, from: Date.UTC(2025, 0, 2) }],
    ['another length', { ...replay, bars: 1_000 }],
    ['another seed', { ...replay, seed: 2 }],
  ])('of an unfinished replay is refused to %s', (_, other) => {
    visit(replay);
    expect(() => visit(other)).toThrow(/belongs to another run .*--state/);
    expect(visit(replay)).toBe(true);
  });

  test('of a finished replay is kept for the reader', () => {
    visit(replay);
    finishRunState(folder, replay);
    expect(() => visit(replay)).toThrow(/holds a finished replay/);
  });

  test('is used by one engine at a time', () => {
    const first = openRunState(folder, { kind: 'engine' });
    expect(() => openRunState(folder, { kind: 'engine' })).toThrow(/another engine is running/);
    first.lease.release();
    expect(visit({ kind: 'engine' })).toBe(true);
  });

  test.each([
    ['something else', '{"kind":"photo album"}'],
    ['no JSON', 'half a fi'],
  ])('whose identity is %s is left alone', (_, text) => {
    visit(replay);
    writeFileSync(join(folder, 'run.json'), text);
    expect(() => visit(replay)).toThrow(/was not written by this program/);
  });

  test('below a file cannot be made', () => {
    const file = `${folder}-file`;
    writeFileSync(file, '');
    folder = join(file, 'state');
    expect(() => visit(replay)).toThrow(/cannot be written .*--state/);
  });
});
