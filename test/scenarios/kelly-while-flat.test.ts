import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { AccountFact } from '../../src/account/account-fact.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { AccountEvent } from '../../src/domain/account-event.ts';
import { timeframeMs } from '../../src/domain/bar.ts';
import { accountPolicy } from '../../src/engine/account-policy.ts';
import { readJournal } from '../../src/journal/sqlite/sqlite-journal.ts';
import { writeGeneratedFile } from './generated-file.ts';
import { replay } from './replay.ts';
import { eager, scenarioConfig } from './scenario-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'novosky-kelly-'));
const id = 'exness_main';

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('Kelly sizing that is switched on while the engine runs', () => {
  test('waits for the open position over a crash of the account, and sizes the next order', async () => {
    const path = join(folder, 'bars.csv');
    const bars = 80;
    const from = writeGeneratedFile(path, { seed: 23, bars });
    const configFolder = scenarioConfig(join(folder, 'config'), { trading: eager });
    const config = loadConfig(configFolder, {}, { replay: true });
    const account = config.accounts[id];
    if (account === undefined) throw new Error(`the shipped configuration has no ${id}`);
    const kelly = { ...account.kelly, isEnabled: true, atNoEdge: 'min_lot' as const };
    const policy = accountPolicy({ ...account, kelly }, timeframeMs.M15);
    const heard: AccountEvent[] = [];
    let changedAt: number | undefined;

    await replay({
      ...{ path, from, bars, state: folder, configFolder },
      observe: (message) => {
        if (message.type === 'account-event') heard.push(message.event);
      },
      onStep: (step, engine) => {
        const [view] = [...engine.views().values()].filter((each) => each.id === id);
        const isHolding = view?.isSettled && view.positions.length > 0;
        if (changedAt === undefined && isHolding && step > 5) {
          changedAt = step;
          engine.changePolicy(policy);
          void engine.crash(`account:${id}/account`, 'killed by the test');
        }
      },
    });

    expect(changedAt).toBeDefined();
    const facts = readJournal<AccountFact>(join(folder, `state_${id}.db`));
    const waits = facts.findIndex((fact) => fact.type === 'policy-changed' && fact.waiting);
    const inForce = facts.findIndex((fact) => fact.type === 'policy-changed' && fact.policy.kelly);
    const between = facts.slice(waits, inForce);
    expect(waits).toBeGreaterThan(0);
    expect(between.filter(({ type }) => type === 'position-closed')).toHaveLength(1);
    // Nothing was sized by the new settings while the old position stood.
    const intents = (some: readonly AccountFact[]) =>
      some.flatMap((fact) => (fact.type === 'order-intended' ? [fact.intent] : []));
    for (const { sizing } of intents(between)) expect(sizing).not.toHaveProperty('kelly');
    const later = intents(facts.slice(inForce));
    expect(later.length).toBeGreaterThan(0);
    for (const { sizing, policyHash } of later) {
      expect(sizing?.kelly).toMatchObject({ formula: 'classical' });
      expect(sizing?.risk).toBeLessThanOrEqual(0.5 * (sizing?.baseRisk ?? 0));
      expect(policyHash).toBe(policy.hash);
    }
    const told = heard.flatMap((event) =>
      event.account === id && event.type === 'alert' ? [event.reason] : [],
    );
    const change = 'off -> classical x 1, at most 0.5, without an edge smallest-lot';
    expect(told).toContain(`kelly_lot_sizing.* waits until flat: ${change}`);
    expect(told).toContain(`flat: kelly_lot_sizing.* is in force now: ${change}`);
  }, 120_000);
});
