import { describe, expect, test } from 'vitest';
import { type Blow, blowsOf, lateMaxMs, type TroubleKind, troubleKinds } from './trouble.ts';

function firstBlows(count: number, seed = 1, kinds: readonly TroubleKind[] = troubleKinds) {
  const options = { seed, accounts: ['alpha', 'beta'], symbol: 'BTCUSD', kinds };
  const blows = blowsOf(options);
  return Array.from({ length: count }, (): Blow => blows.next().value);
}

describe('the troubles of a seed', () => {
  test('are the same every time, and others for another seed', () => {
    expect(firstBlows(60)).toEqual(firstBlows(60));
    expect(firstBlows(60, 2)).not.toEqual(firstBlows(60));
  });

  test('are of every kind before a second round of them begins', () => {
    const kinds = new Set(firstBlows(40).map(({ trouble }) => trouble.kind));
    expect([...kinds].sort()).toEqual([...troubleKinds].sort());
  });

  test('are only those that were asked for, but for what terminals do beside', () => {
    const kinds = firstBlows(20, 1, ['killed']).map(({ trouble }) => trouble.kind);
    expect(new Set(kinds)).toEqual(new Set(['killed']));
  });

  test('never meet a broken configuration: an engine that starts would rightly refuse it', () => {
    const broken = firstBlows(500).filter(({ trouble }) => trouble.kind === 'config-broken');
    expect(broken.length).toBeGreaterThan(10);
    expect(broken.filter(({ beside }) => beside !== undefined)).toEqual([]);
  });

  test('have no order act later than the proof of absence allows for', () => {
    const delays = firstBlows(1_000).flatMap(({ trouble }) => {
      if (trouble.kind !== 'orders-fail') return [];
      if (trouble.fault.kind === 'delay') return [trouble.fault.ms];
      return trouble.fault.kind === 'gateway-timeout' ? [trouble.fault.executeAfterMs ?? 0] : [];
    });
    expect(delays.length).toBeGreaterThan(20);
    expect(Math.max(...delays)).toBeLessThanOrEqual(lateMaxMs);
  });
});
