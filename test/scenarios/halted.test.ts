import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { freePort } from './free-port.ts';
import { eventually, type Novosky } from './process.ts';
import { openPositions, ScenarioStage } from './stage.ts';

const stage = new ScenarioStage('halted');
const both = ['exness_main', 'icmarkets_main'] as const;

afterAll(() => stage.close());

describe('an engine whose accounts are all halted', () => {
  const state = join(stage.folder, 'state');
  let config: string;

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

  test('goes on while a position is open, and ends with 99 when all are flat', async () => {
    const { engine, ctl } = await run();
    await eventually('orders of both', () =>
      both.every((id) => engine.output().includes(`fill    ${id}`)),
    );
    await ctl('halt', 'exness_main');
    const decided = () =>
      stage.facts(state, 'icmarkets_main').filter(({ type }) => type === 'order-intended').length;
    const before = decided();
    await eventually('the other to go on', () => decided() > before);
    expect(engine.child.exitCode).toBeNull();
    await ctl('halt', '--all');
    expect(await engine.ended, engine.output()).toBe(99);
    expect(engine.output()).toMatch(
      /^halted {2}every account is halted and flat: exness_main halted by console, icmarkets_main halted by console$/m,
    );
    expect(engine.output().trimEnd().split('\n').at(-1)).toContain('novosky ctl revive --all');
    for (const id of both) expect(openPositions(stage.facts(state, id))).toBe(0);
  }, 120_000);

  test('stays up when it is started like that, so that a person can revive', async () => {
    const { engine, ctl } = await run();
    await eventually('what to do', () => engine.output().includes('halted  exness_main halted'));
    const listed = stage.start('accounts', '--config', config, '--state', state);
    expect(await listed.ended).toBe(0);
    expect(listed.output()).toMatch(/exness_main .* halted \(halted by console\)/);
    await ctl('revive', '--all');
    await eventually('entries', () =>
      both.every((id) => engine.output().includes(`order   ${id}`)),
    );
    engine.child.kill('SIGINT');
    expect(await engine.ended, engine.output()).toBe(0);
    expect(readFileSync(join(state, 'novosky.log'), 'utf8')).toContain('"command":"revive"');
  }, 120_000);
});
