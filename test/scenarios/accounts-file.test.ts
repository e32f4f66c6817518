import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AccountFact } from '../../src/account/account-fact.ts';
import { eventually, type Novosky } from './process.ts';
import { openPositions, replaceFile, ScenarioStage, sinceEntriesStopped } from './stage.ts';

const stage = new ScenarioStage('accounts-file');

afterAll(() => stage.close());

function entries(facts: readonly AccountFact[]): number {
  return facts.filter(({ type }) => type === 'order-intended').length;
}

describe('accounts.json of a running engine', () => {
  const state = join(stage.folder, 'state');
  let config: string;
  let engine: Novosky;
  const facts = (id: string) =>
    existsSync(join(state, `state_${id}.db`)) ? stage.facts(state, id) : [];
  const epochs = (id: string) =>
    facts(id).filter(({ type }) => type === 'incarnation-started').length;

  beforeAll(async () => {
    config = stage.config('config');
    const place = ['--config', config, '--state', state, '--no-console'];
    engine = stage.start('run', ...place, '--speed', '600');
    await eventually('orders of both', () =>
      ['exness_main', 'icmarkets_main'].every((id) => engine.output().includes(`fill    ${id}`)),
    );
  }, 120_000);

  test('lets an account join with a terminal of its own', async () => {
    replaceFile(config, 'terminals.json', (terminals) => ({
      ...terminals,
      'terminal-three': terminals['terminal-two'],
    }));
    replaceFile(config, 'accounts.json', ({ accounts }) => {
      const all = accounts as Record<string, object>;
      const third = { terminal_key: 'terminal-three', state_file: 'state_third.db' };
      return { accounts: { ...all, third: { ...all['icmarkets_main'], ...third } } };
    });
    await eventually('it to trade', () => entries(facts('third')) > 0);
    expect(engine.output()).toMatch(/^start {3}third has joined, in account:third$/m);
    expect(engine.output()).not.toContain('needs a restart');
  }, 60_000);

  test('lets one leave once its position has left by its own exits', async () => {
    replaceFile(config, 'accounts.json', ({ accounts }) => {
      const { exness_main: exness, ...others } = accounts as Record<string, object>;
      return { accounts: { exness_main: { ...exness, enabled: false }, ...others } };
    });
    await eventually('it to leave', () => engine.output().includes('stop    exness_main has left'));
    const all = facts('exness_main');
    expect(openPositions(all)).toBe(0);
    expect(entries(sinceEntriesStopped(all) ?? [])).toBe(0);
    expect(all.findLast((fact) => fact.type === 'policy-changed')).toMatchObject({
      changes: [{ key: 'entriesStopped', to: 'removed' }],
    });
    expect(all.filter((fact) => fact.type === 'close-intended')).toEqual([]);
  }, 60_000);

  test('lets it come back, and the others notice nothing of it all', async () => {
    const before = entries(facts('exness_main'));
    replaceFile(config, 'accounts.json', ({ accounts }) => {
      const { exness_main: exness, ...others } = accounts as Record<string, object>;
      return { accounts: { exness_main: { ...exness, enabled: true }, ...others } };
    });
    await eventually('it to trade again', () => entries(facts('exness_main')) > before);
    expect(epochs('exness_main')).toBe(2);
    expect(epochs('icmarkets_main')).toBe(1);
    expect(epochs('third')).toBe(1);
    expect(engine.output()).not.toContain('restart ');
  }, 60_000);

  test('says what cannot join, and why', async () => {
    replaceFile(config, 'accounts.json', ({ accounts }) => {
      const all = accounts as Record<string, object>;
      const moved = { ...all['third'], isolation: 'process' };
      return { accounts: { ...all, third: moved } };
    });
    await eventually('it to be said', () =>
      engine
        .output()
        .includes(
          'config  accounts.json accounts.third.isolation: "auto" -> "process" (needs a restart)',
        ),
    );
    engine.child.kill('SIGINT');
    expect(await engine.ended, engine.output()).toBe(0);
  }, 60_000);
});
