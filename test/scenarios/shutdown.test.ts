import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { AccountFact } from '../../src/account/account-fact.ts';
import { writeGeneratedFile } from './generated-file.ts';
import { eventually, type Novosky } from './process.ts';
import { openPositions, ScenarioStage, sinceEntriesStopped } from './stage.ts';

const stage = new ScenarioStage('shutdown');
const both = ['exness_main', 'icmarkets_main'] as const;

afterAll(() => stage.close());

function run(config: string, state: string, ...args: readonly string[]): Novosky {
  const place = ['--config', config, '--state', state, '--no-console'];
  return stage.start('run', ...place, '--speed', '600', ...args);
}

/** Stops the engine while an account holds a position, by what it has told so far. */
async function stopInAPosition(engine: Novosky): Promise<void> {
  const times = (what: string) => engine.output().split(`\n${what}`).length - 1;
  await eventually('a position', () => times('fill ') > times('close '));
  engine.child.kill('SIGINT');
}

function entries(facts: readonly AccountFact[]): number {
  return facts.filter(({ type }) => type === 'order-intended').length;
}

function walBytes(state: string): readonly number[] {
  return both.map(
    (id) => statSync(join(state, `state_${id}.db-wal`), { throwIfNoEntry: false })?.size ?? 0,
  );
}

describe('Ctrl-C', () => {
  test('stops entries first, leaves positions behind their stops and whole journals', async () => {
    const config = stage.config('config');
    const state = join(stage.folder, 'state');
    const first = run(config, state);
    await stopInAPosition(first);
    expect(await first.ended, first.output()).toBe(0);
    expect(first.output()).not.toContain('alert   shutdown');
    expect(walBytes(state)).toEqual([0, 0]);
    for (const id of both) {
      const since = sinceEntriesStopped(stage.facts(state, id));
      expect(since).toBeDefined();
      expect(entries(since ?? [])).toBe(0);
    }
    const held = both.map((id) => openPositions(stage.facts(state, id)));

    // The next start finds what was held, with its stop, and trades again; a lost lock does not keep it from that.
    rmSync(join(state, 'exness_main.lock'));
    const second = run(config, state);
    await eventually('both to trade again', () =>
      both.every((id) => {
        const facts = stage.facts(state, id);
        return epochsOf(facts).length === 2 && entries(sinceStart(facts)) > 0;
      }),
    );
    second.child.kill('SIGINT');
    expect(await second.ended, second.output()).toBe(0);
    for (const [index, id] of both.entries()) {
      const facts = sinceStart(stage.facts(state, id));
      const read = facts.find((fact) => fact.type === 'broker-read');
      const owned = read?.positions.filter(({ isOwned }) => isOwned) ?? [];
      expect(owned).toHaveLength(held[index] ?? 0);
      expect(owned.every(({ stopLoss }) => stopLoss !== undefined)).toBe(true);
      expect(epochsOf(stage.facts(state, id))).toEqual([1, 2]);
    }
  }, 120_000);

  test('drains: it goes on until every account is flat, and says what is open', async () => {
    const config = stage.config('drain-config', { trading: { shutdown: 'drain' } });
    const state = join(stage.folder, 'drain');
    const engine = run(config, state);
    await stopInAPosition(engine);
    expect(await engine.ended, engine.output()).toBe(0);
    const output = engine.output();
    expect(output).toContain('drain   entries stop, open positions are managed until they leave');
    expect(output).toMatch(/^drain {3}[12] positions? \(.+\) open$/m);
    expect(output).toMatch(/^drain {3}every account is flat$/m);
    expect(output.trimEnd().split('\n').at(-1)).toBe(
      'stopped every account is flat; start again to go on',
    );
    for (const id of both) {
      const facts = stage.facts(state, id);
      expect(openPositions(facts)).toBe(0);
      expect(entries(sinceEntriesStopped(facts) ?? [])).toBe(0);
    }
  }, 120_000);

  test('in a drained replay plays on, and says what stays open when the file ends', async () => {
    const config = stage.config('replay-config', {
      // Stops that are never reached: the positions outlive the file.
      trading: {
        dynamic_sltp: { sl_atr_multiplier: 20, tp_atr_multiplier: 20 },
        max_risk_per_trade_pct: 90,
      },
    });
    const [state, path] = [join(stage.folder, 'replayed'), join(stage.folder, 'bars.csv')];
    const bars = 60;
    const from = new Date(writeGeneratedFile(path, { seed: 17, bars })).toISOString();
    const bounds = ['--replay', path, '--from', from, '--bars', String(bars)];
    const report = join(stage.folder, 'report.json');
    const engine = run(config, state, ...bounds, '--drain', '--speed', '300', '--report', report);
    await stopInAPosition(engine);
    expect(await engine.ended, engine.output()).toBe(0);
    expect(engine.output()).toMatch(
      /^drain {3}the file has ended: \d positions? \(.+\) open, behind their stops$/m,
    );
    expect(existsSync(report)).toBe(true);
    for (const id of both) {
      const decided = stage.facts(state, id).filter(({ type }) => type === 'bar-decided');
      expect(decided).toHaveLength(bars);
    }
  }, 120_000);

  test('pressed again during a drain ends at once', async () => {
    const config = stage.config('twice-config', {
      trading: {
        dynamic_sltp: { sl_atr_multiplier: 20, tp_atr_multiplier: 20 },
        max_risk_per_trade_pct: 90,
      },
    });
    const state = join(stage.folder, 'twice');
    const engine = run(config, state, '--drain', '--speed', '60');
    await stopInAPosition(engine);
    // Within the first second these are the same Ctrl-C.
    await eventually('the end', () => {
      engine.child.kill('SIGINT');
      return engine.child.signalCode !== null || engine.child.exitCode !== null;
    });
    expect(await engine.ended).toBe('SIGKILL');
    expect(engine.output()).toContain('stopped at once; the next start recovers from the journals');
  }, 120_000);
});

/** The newest life. */
function sinceStart(facts: readonly AccountFact[]): readonly AccountFact[] {
  return facts.slice(facts.findLastIndex(({ type }) => type === 'incarnation-started'));
}

function epochsOf(facts: readonly AccountFact[]): readonly number[] {
  return facts.flatMap((fact) => (fact.type === 'incarnation-started' ? [fact.epoch] : []));
}
