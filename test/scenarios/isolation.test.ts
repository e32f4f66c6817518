/** What goes wrong in one account is nobody else's business: real threads and processes, in every placement. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { accountId } from '../../src/domain/units.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { TreeNode } from '../../src/runtime/child-spec.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { Harm } from '../../src/runtime/harm.ts';
import { writeGeneratedFile } from './generated-file.ts';
import { eventually } from './process.ts';
import { type ReplayResult, replay } from './replay.ts';
import { eager, scenarioConfig } from './scenario-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'novosky-isolation-'));
const path = join(folder, 'bars.csv');
const bars = 100;
const harmed = accountId('exness_main');
const sibling = accountId('icmarkets_main');
const harms: readonly Harm[] = ['throw', 'reject', 'exit', 'loop', 'heap', 'native-stall'];
const firstHarmAt = 15;
const harmEvery = 12;
let from = 0;
let undisturbed: ReplayResult;

beforeAll(async () => {
  from = writeGeneratedFile(path, { seed: 7, bars });
  undisturbed = await run('undisturbed', configWith('auto'));
}, 120_000);

/** Both accounts run as `isolation` says, the models as `inference` does. */
function configWith(isolation: string, inference: 'thread' | 'process' = 'thread'): string {
  const name = `config-${isolation.replace(':', '-')}-${inference}`;
  return scenarioConfig(join(folder, name), {
    trading: { ...eager, inference_isolation: inference },
    accounts: (accounts) =>
      Object.fromEntries(
        Object.entries(accounts).map(([id, account]) => [id, { ...account, isolation }]),
      ),
  });
}

function run(
  state: string,
  configFolder: string,
  hooks: Pick<Parameters<typeof replay>[0], 'onStep' | 'observe'> = {},
): Promise<ReplayResult> {
  mkdirSync(join(folder, state), { recursive: true });
  return replay({ path, from, bars, state: join(folder, state), configFolder, ...hooks });
}

/** What must not differ. */
function decisionsOf({ accounts }: ReplayResult, id: string) {
  const { decisions, predictions, trades, balance, equity } = accounts[id] ?? {};
  return { decisions, predictions, trades, balance, equity };
}

/** Incarnations of an account and of all that it runs in. */
function epochsOf(node: TreeNode, id: string, above = ''): readonly string[] {
  const here = `${above}/${node.id} ${node.epoch}`;
  const isLeaf = node.children.length === 0 && here.includes(id);
  return [...(isLeaf ? [here] : []), ...node.children.flatMap((each) => epochsOf(each, id, here))];
}

/** Harms one account in every way, one after the other; each time it decides a dozen bars before the next. */
async function harmInEveryWay(state: string, isolation: string) {
  const epochs: (readonly string[])[] = [];
  const hosts: (string | undefined)[] = [];
  const refused: unknown[] = [];
  const result = await run(state, configWith(isolation), {
    onStep: (step, engine) => {
      if (step === 10 || step === bars) epochs.push(epochsOf(engine.tree(), sibling));
      const way = harms[(step - firstHarmAt) / harmEvery];
      const host = way && engine.hostOf(harmed);
      if (way === undefined || host === undefined) return;
      hosts.push(host);
      const harming = engine.harm(host, way, `account:${harmed}`, 6_000);
      harming.catch((error: unknown) => refused.push(error));
    },
  });
  return { result, epochs, hosts, refused };
}

describe('an account that is harmed in every way', () => {
  test.each(['thread', 'process'])(
    'alone in a %s, disturbs nobody, and decides every bar',
    async (isolation) => {
      const { result, epochs, refused } = await harmInEveryWay(isolation, isolation);
      expect(refused).toEqual([]);
      expect(epochs[0]).toHaveLength(1);
      expect(epochs[1]).toEqual(epochs[0]);
      for (const id of [harmed, sibling]) {
        expect(decisionsOf(result, id)).toEqual(decisionsOf(undisturbed, id));
      }
      const restarted = new Set(result.restarts.map(({ actor }) => actor));
      expect(restarted).toEqual(new Set([`account:${harmed}`]));
    },
    180_000,
  );

  test('among others in one thread, gets one of its own when it has ended theirs twice', async () => {
    const { result, hosts, refused } = await harmInEveryWay('shared', 'shared:both');
    expect(refused).toEqual([]);
    const own = `account:${harmed}`;
    expect(hosts).toEqual([...Array.from({ length: 4 }, () => 'shared:both'), own, own]);
    expect(result.restarts.filter(({ actor }) => actor === 'shared:both')).toHaveLength(2);
    expect(result.restarts.filter(({ actor }) => actor.includes(sibling))).toEqual([]);
    for (const id of [harmed, sibling]) {
      expect(decisionsOf(result, id)).toEqual(decisionsOf(undisturbed, id));
    }
  }, 180_000);
});

describe('a thread of many that dies again and again, and nobody knows by whose fault', () => {
  test('is divided, until each account lives where it harms nobody else; all decide every bar', async () => {
    const events: string[] = [];
    const hosts: (string | undefined)[] = [];
    const result = await run('divided', configWith('shared:both'), {
      observe: (message) => {
        if (message.type === 'engine-event') events.push(message.event.type);
      },
      onStep: (step, engine) => {
        if (step === 10) void endUntilDivided(engine);
        if (step === bars) hosts.push(engine.hostOf(harmed), engine.hostOf(sibling));
      },
    });
    expect(hosts).toEqual([`account:${harmed}`, `account:${sibling}`]);
    expect(events).not.toContain('account-quarantined');
    for (const id of [harmed, sibling]) {
      expect(decisionsOf(result, id)).toEqual(decisionsOf(undisturbed, id));
    }
  }, 120_000);
});

/** A kill from outside may meet one at work, who is then blamed: in the end both live alone, either way. */
async function endUntilDivided(engine: Engine): Promise<void> {
  await eventually('the thread to be divided', async () => {
    const isShared = [harmed, sibling].some((id) => engine.hostOf(id) === 'shared:both');
    if (isShared && engine.isThreadUp('shared:both')) await engine.endThread('shared:both');
    return !isShared;
  });
}

describe('an account that crashes without end', () => {
  test('is quarantined over a restart of the engine, said with what stands at its broker, until a person revives it', async () => {
    const config = configWith('thread');
    const state = 'quarantine';
    const file = join(folder, state, `state_${harmed}.db.quarantine.json`);
    const alerts: string[] = [];
    const observe: Parameters<typeof replay>[0]['observe'] = (message) => {
      if (message.type !== 'account-event' || message.event.type !== 'alert') return;
      if (message.event.account === harmed) alerts.push(message.event.reason);
    };
    const hasStanding = () => alerts.some((alert) => alert.includes('the broker lists'));
    let engineAtWork: Engine | undefined;
    const first = run(state, config, {
      observe,
      onStep: (step, engine) => {
        engineAtWork = engine;
        if (step === 10) void exhaust(engine);
        if (engine.quarantined().length > 0) void engine.holdMarketTime();
      },
    });
    await eventually('what stands at the broker of the quarantined account', hasStanding, 90_000);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      reason: expect.stringContaining('too often'),
    });
    await engineAtWork?.stop(15_000);
    // Its terminals have gone with it: there is no last word of theirs.
    await Promise.allSettled([first]);

    alerts.length = 0;
    let revived: Promise<void> | undefined;
    const seen: (readonly { readonly account: string }[])[] = [];
    const second = await run(state, config, {
      observe,
      onStep: (_, engine) => {
        if (revived !== undefined || !hasStanding()) return;
        seen.push(engine.quarantined());
        revived = engine.revive(harmed);
      },
    });
    await revived;
    expect(seen).toMatchObject([[{ account: harmed }]]);
    expect(existsSync(file)).toBe(false);
    expect(decisionsOf(second, sibling)).toEqual(decisionsOf(undisturbed, sibling));
    expect(second.accounts[harmed]?.predictions).toBeGreaterThan(20);
    expect(second.accounts[harmed]).toMatchObject({ duplicateOrders: 0, ordersWithoutIntent: 0 });
  }, 180_000);
});

describe('models in a process of their own', () => {
  test('are killed in the middle of a run: nobody misses a bar, and they answer again', async () => {
    const killedAt: number[] = [];
    const refused: unknown[] = [];
    let backAfterMs = Number.NaN;
    const result = await run('inference', configWith('auto', 'process'), {
      onStep: (step, engine) => {
        if (step !== 30) return;
        const kill = async () => {
          killedAt.push(systemClock.elapsed());
          expect(await engine.endThread('inference')).toBe(true);
          await eventually('the models to answer again', () => engine.isThreadUp('inference'));
          backAfterMs = systemClock.elapsed() - (killedAt[0] ?? 0);
        };
        kill().catch((error: unknown) => refused.push(error));
      },
    });
    expect(refused).toEqual([]);
    expect(result.restarts.map(({ actor }) => actor)).toEqual(['inference']);
    expect(backAfterMs).toBeLessThan(20_000);
    for (const id of [harmed, sibling]) {
      expect(decisionsOf(result, id)).toEqual(decisionsOf(undisturbed, id));
    }
  }, 120_000);
});

/** Ends the account's thread as often as its supervisor starts it, until it does not any more. */
async function exhaust(engine: Engine): Promise<void> {
  await eventually('the account to be given up', async () => {
    if (engine.quarantined().length > 0) return true;
    await engine.endThread(`account:${harmed}`);
    return false;
  });
}
