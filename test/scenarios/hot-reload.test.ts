import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AccountFact } from '../../src/account/account-fact.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { timeframeMs } from '../../src/domain/bar.ts';
import { accountPolicy } from '../../src/engine/account-policy.ts';
import { readJournal } from '../../src/journal/sqlite/sqlite-journal.ts';
import { freePort } from './free-port.ts';
import { writeGeneratedFile } from './generated-file.ts';
import { eventually, type Novosky, novosky } from './process.ts';
import { replay } from './replay.ts';
import { eager, scenarioConfig } from './scenario-config.ts';

type Json = Record<string, unknown>;

const folder = mkdtempSync(join(tmpdir(), 'novosky-hot-'));
const state = join(folder, 'state');
const running: Novosky[] = [];

afterAll(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  rmSync(folder, { recursive: true, force: true });
});

function start(...args: readonly string[]): Novosky {
  const process_ = novosky(args);
  running.push(process_);
  return process_;
}

/** Replaces a file in one step, as an editor or a deployment does. */
function replace(config: string, file: string, change: (content: Json) => Json): void {
  const path = join(config, file);
  const content = change(JSON.parse(readFileSync(path, 'utf8')) as Json);
  writeFileSync(`${path}.new`, JSON.stringify(content, undefined, 2));
  renameSync(`${path}.new`, path);
}

function factsOf(account: string): readonly AccountFact[] {
  return readJournal<AccountFact>(join(state, `state_${account}.db`));
}

/** What was recorded after the account took over `key`; undefined before it did. */
function factsSince(account: string, key: string, to: unknown): readonly AccountFact[] | undefined {
  const facts = factsOf(account);
  const at = facts.findIndex(
    (fact) =>
      fact.type === 'policy-changed' &&
      fact.changes.some((change) => change.key === key && change.to === to),
  );
  return at === -1 ? undefined : facts.slice(at + 1);
}

function decisions(facts: readonly AccountFact[]) {
  return facts.flatMap((fact) => (fact.type === 'bar-decided' ? [fact] : []));
}

function intents(facts: readonly AccountFact[]) {
  return facts.flatMap((fact) => (fact.type === 'order-intended' ? [fact.intent] : []));
}

describe('a change of the configuration of a running engine', () => {
  const config = join(folder, 'config');
  let engine: Novosky;
  let port: number;

  beforeAll(async () => {
    scenarioConfig(config, { trading: eager });
    port = await freePort();
    const place = ['--config', config, '--state', state];
    engine = start('run', ...place, '--speed', '600', '--console', String(port));
    await eventually('the first orders', () =>
      ['exness_main', 'icmarkets_main'].every((id) => engine.output().includes(`order   ${id}`)),
    );
  }, 120_000);

  /** Waits for `count` things that were found after the change. */
  function later<T>(
    change: readonly [account: string, key: string, to: unknown],
    find: (facts: readonly AccountFact[]) => readonly T[],
    count: number,
  ): Promise<readonly T[]> {
    return eventually(`${count} of them after ${change.join(' ')}`, () => {
      const found = find(factsSince(...change) ?? []);
      return found.length >= count && found;
    });
  }

  function timesSaid(line: string): number {
    return engine
      .output()
      .split('\n')
      .filter((each) => each === line).length;
  }

  test('of risk and lots is said once, old -> new, and sizes the next orders', async () => {
    replace(config, 'accounts.json', ({ accounts }) => {
      const { exness_main: exness, icmarkets_main: icmarkets } = accounts as Record<string, Json>;
      return {
        accounts: {
          exness_main: { ...exness, risk_pct: 0.3 },
          icmarkets_main: { ...icmarkets, max_lot: 0.02 },
        },
      };
    });
    const risked = await later(['exness_main', 'risk', 0.003], intents, 2);
    const sized = await later(['icmarkets_main', 'lotsMax', 0.02], intents, 2);
    expect(timesSaid('config  accounts.json accounts.exness_main.risk_pct: 1.5 -> 0.3')).toBe(1);
    expect(timesSaid('config  accounts.json accounts.icmarkets_main.max_lot: 1 -> 0.02')).toBe(1);

    // 0.3 % of about 100,000 USC, where 1.5 % was risked before.
    for (const { riskMoney } of risked) expect(riskMoney).toBeLessThan(450);
    expect(intents(factsOf('exness_main'))[0]?.riskMoney).toBeGreaterThan(900);
    for (const { order } of sized) expect(order.volume).toBeLessThanOrEqual(2);
    expect(intents(factsOf('icmarkets_main'))[0]?.order.volume).toBeGreaterThan(2);
  }, 60_000);

  test('of the daily loss and the confidence holds from the next bar on, for every account', async () => {
    replace(config, 'config.json', (trading) => ({
      ...trading,
      max_daily_loss_pct: 80,
      min_confidence: 0.99,
    }));
    for (const account of ['exness_main', 'icmarkets_main']) {
      const held = await later([account, 'confidenceMin', 0.99], decisions, 5);
      for (const { verdict, denial } of held as readonly Json[]) {
        expect(verdict).toBe('held');
        expect(denial).toMatchObject({ limit: 'confidence', allowed: 0.99 });
      }
      expect(factsSince(account, 'dailyLossMax', 0.8)).toBeDefined();
    }
    expect(timesSaid('config  config.json max_daily_loss_pct: 90 -> 80')).toBe(1);
    expect(timesSaid('config  config.json min_confidence: 0.34 -> 0.99')).toBe(1);

    replace(config, 'config.json', (trading) => ({ ...trading, min_confidence: 0.34 }));
    await later(['exness_main', 'confidenceMin', 0.34], intents, 1);
  }, 60_000);

  test('is refused whole when a value is wrong, with its place, and trading goes on', async () => {
    replace(config, 'config.json', (trading) => ({
      ...trading,
      min_confidence: 0.98,
      max_daily_loss_pct: 'three',
    }));
    await eventually('the refusal', () => engine.output().includes('config  refused'));
    expect(engine.output()).toContain('the running configuration stays');
    expect(engine.output()).toMatch(/^ +config\.json:\d+ max_daily_loss_pct: .*number/m);
    const before = intents(factsOf('exness_main')).length;
    await eventually('more orders', () => intents(factsOf('exness_main')).length > before);
    expect(factsSince('exness_main', 'confidenceMin', 0.98)).toBeUndefined();
    expect(engine.output()).not.toContain('min_confidence: 0.34 -> 0.98');
    replace(config, 'config.json', (trading) => ({ ...trading, ...eager, max_daily_loss_pct: 80 }));
  }, 60_000);

  test('of a cold key is said to need a restart, and changes nothing', async () => {
    replace(config, 'config.json', (trading) => ({ ...trading, min_votes: 3 }));
    const line = 'config  config.json min_votes: 2 -> 3 (needs a restart)';
    await eventually('the line', () => timesSaid(line) === 1);
    const before = decisions(factsOf('exness_main')).length;
    await eventually('more decisions', () => decisions(factsOf('exness_main')).length > before + 3);
    expect(factsSince('exness_main', 'votesMin', 3)).toBeUndefined();
  }, 60_000);

  test('outlives a crash of the account that it was made for', async () => {
    const address = ['--url', `ws://127.0.0.1:${port}`];
    const token = ['--token-file', join(state, 'console.token')];
    const changed = intents(factsSince('exness_main', 'risk', 0.003) ?? []).at(-1);
    expect(changed?.policyHash).not.toBe(intents(factsOf('exness_main'))[0]?.policyHash);
    const ctl = start('ctl', 'restart', 'exness_main', ...address, ...token);
    expect(await ctl.ended, ctl.output()).toBe(0);
    const epochs = () =>
      factsOf('exness_main').filter(({ type }) => type === 'incarnation-started').length;
    await eventually('the next incarnation', () => epochs() === 2);
    const born = factsOf('exness_main').findLastIndex(({ type }) => type === 'incarnation-started');
    const ordered = await eventually('orders of it', () => {
      const found = intents(factsOf('exness_main').slice(born));
      return found.length > 0 && found;
    });
    // Not the money at risk: when the market has become wild, the smallest lot risks more than 0.3 %.
    for (const { policyHash } of ordered) expect(policyHash).toBe(changed?.policyHash);
    const taken = factsOf('exness_main')
      .slice(born)
      .filter(({ type }) => type === 'policy-changed');
    expect(taken).toEqual([]);
  }, 60_000);
});

describe('a policy that was changed while the engine runs', () => {
  test('holds from the next bar on, over a crash of the actor and the end of its thread', async () => {
    const [path, replayed] = [join(folder, 'bars.csv'), join(folder, 'replayed')];
    const bars = 60;
    const from = writeGeneratedFile(path, { seed: 23, bars });
    const configFolder = scenarioConfig(join(folder, 'replay-config'), { trading: eager });
    mkdirSync(replayed);
    const account = loadConfig(configFolder, {}, { replay: true }).accounts['exness_main'];
    if (account === undefined) throw new Error('the shipped configuration has no exness_main');
    const policy = accountPolicy({ ...account, riskPct: 0.4 }, timeframeMs.M15);

    const { restarts } = await replay({
      ...{ path, from, bars, state: replayed, configFolder },
      onStep: (step, engine) => {
        if (step === 15) engine.changePolicy(policy);
        if (step === 25) void engine.crash('account:exness_main/account', 'killed by the test');
        if (step === 40) void engine.endThread('account:exness_main');
      },
    });
    expect(restarts.map(({ actor }) => actor)).toEqual([
      'account:exness_main',
      'account:exness_main',
    ]);
    const facts = readJournal<AccountFact>(join(replayed, 'state_exness_main.db'));
    const hashes = decisions(facts).map(({ policyHash }) => policyHash);
    expect(hashes).toHaveLength(bars);
    const first = hashes.indexOf(policy.hash);
    expect([14, 15]).toContain(first);
    expect(new Set(hashes.slice(first))).toEqual(new Set([policy.hash]));
    expect(facts.filter(({ type }) => type === 'policy-changed')).toHaveLength(2);
  }, 60_000);
});
