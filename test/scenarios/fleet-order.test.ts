import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { freePort } from './free-port.ts';
import { eventually, type Novosky } from './process.ts';
import { openPositions, ScenarioStage } from './stage.ts';

const stage = new ScenarioStage('fleet-order');
const both = ['exness_main', 'icmarkets_main'] as const;
const state = join(stage.folder, 'state');
let config: string;

afterAll(() => stage.close());

async function run(): Promise<{ engine: Novosky; ctl: (...args: string[]) => Promise<string> }> {
  config ??= stage.config('config');
  const port = await freePort();
  const place = ['--config', config, '--state', state];
  const engine = stage.start('run', ...place, '--speed', '600', '--console', String(port));
  const ctl = async (...args: string[]) => {
    const address = ['--url', `ws://127.0.0.1:${port}`];
    const token = ['--token-file', join(state, 'console.token')];
    const called = stage.start('ctl', ...args, ...address, ...token);
    expect(await called.ended, called.output()).toBe(0);
    return called.output();
  };
  await eventually('it to be up', () => engine.output().includes('look    http'));
  return { engine, ctl };
}

function intents(id: string): number {
  return stage.facts(state, id).filter(({ type }) => type === 'order-intended').length;
}

describe('what is said to the fleet', () => {
  test('kills it: everything is closed, proven flat by the brokers, and the engine ends with 99', async () => {
    const { engine, ctl } = await run();
    await eventually('orders of both', () =>
      both.every((id) => engine.output().includes(`fill    ${id}`)),
    );
    expect(await ctl('kill', '--fleet')).toContain('kill the fleet: done');
    expect(await engine.ended, engine.output()).toBe(99);
    for (const id of both) {
      const facts = stage.facts(state, id);
      expect(openPositions(facts)).toBe(0);
      expect(facts.some(({ type }) => type === 'flattened')).toBe(true);
    }
  }, 120_000);

  test('holds in the next life of the engine, though every account is revived', async () => {
    const { engine, ctl } = await run();
    await eventually('what to do', () => engine.output().includes('halted  exness_main'));
    const before = both.map(intents);
    await ctl('revive', '--all');
    await ctl('status');
    expect(both.map(intents)).toEqual(before);
    await ctl('revive', '--fleet');
    await ctl('revive', '--all');
    await eventually('entries', () => both.every((id, at) => intents(id) > (before[at] ?? 0)));
    engine.child.kill('SIGINT');
    expect(await engine.ended, engine.output()).toBe(0);
  }, 120_000);
});
