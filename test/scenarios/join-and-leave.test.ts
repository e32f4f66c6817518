/** Accounts come and go while a run goes on, with their terminals, and nobody else notices. */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { AccountFact } from '../../src/account/account-fact.ts';
import { reportOf } from '../../src/account/report.ts';
import { openReplay } from '../../src/cli/replay-file.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { accountId, epochMs } from '../../src/domain/units.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { NeedsRestartError, planAccount } from '../../src/engine/plan-account.ts';
import type { RunPlan } from '../../src/engine/run-plan.ts';
import { readJournal } from '../../src/journal/sqlite/sqlite-journal.ts';
import type { TreeNode } from '../../src/runtime/child-spec.ts';
import { writeGeneratedFile } from './generated-file.ts';
import { type ReplayResult, replay } from './replay.ts';
import { eager, scenarioConfig } from './scenario-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'novosky-join-'));
const path = join(folder, 'bars.csv');
const bars = 100;
const [joinAt, leaveAt, returnAt] = [20, 40, 50];
const newcomer = accountId('third_main');
let from = 0;

beforeAll(() => {
  from = writeGeneratedFile(path, { seed: 7, bars });
});

/** The shipped configuration with a third account, on a terminal of its own. */
function configWith(isolation: string, symbols: readonly string[] = ['BTCUSD']): string {
  return scenarioConfig(
    join(folder, `config-${isolation.replace(':', '-')}-${symbols.join('-')}`),
    {
      trading: eager,
      terminals: (terminals) => ({
        ...terminals,
        'terminal-three': {
          ...terminals['terminal-two'],
          symbols: Object.fromEntries(symbols.map((symbol) => [symbol, symbol])),
        },
      }),
      accounts: (accounts) => {
        const third = {
          ...accounts['icmarkets_main'],
          terminal_key: 'terminal-three',
          state_file: `state_${newcomer}.db`,
          symbols,
          enabled: false,
        };
        const all = { ...accounts, [newcomer]: third };
        return Object.fromEntries(
          Object.entries(all).map(([id, account]) => [id, { ...account, isolation }]),
        );
      },
    },
  );
}

function run(
  name: string,
  configFolder: string,
  onStep?: (step: number, engine: Engine, plan: RunPlan) => void,
): Promise<ReplayResult> {
  const state = join(folder, name);
  mkdirSync(state);
  // Nobody waits for one who is about to join: the run must not be over by then.
  const speed = onStep === undefined ? Number.POSITIVE_INFINITY : 100;
  return replay({ path, from, bars, state, configFolder, speed, ...(onStep && { onStep }) });
}

async function planNewcomer(configFolder: string, plan: RunPlan, engine: Engine) {
  const options = {
    config: loadConfig(configFolder, {}, { replay: true }),
    stateFolder: plan.stateFolder,
    modelsFolder: resolve(plan.modelsFolder),
    replay: await openReplay({
      path,
      from: epochMs(from),
      bars,
      roundStep: 1_000,
      say: () => {},
    }),
  };
  const connectionTo = (terminal: string) => engine.connectionTo(terminal);
  return planAccount(newcomer, options, { plan, connectionTo });
}

/** Every leaf of the tree that is not the newcomer's, with the epochs above it. */
function othersOf(node: TreeNode, above = ''): readonly string[] {
  const here = `${above}/${node.id} ${node.epoch}`;
  const isOther = !here.includes(newcomer) && !here.includes('terminal-three');
  if (node.children.length === 0) return isOther ? [here] : [];
  return node.children.flatMap((child) => othersOf(child, here));
}

function epochsIn(journal: string): readonly number[] {
  return readJournal<AccountFact>(journal).flatMap((fact) =>
    fact.type === 'incarnation-started' ? [fact.epoch] : [],
  );
}

describe('an account that joins, leaves and returns while the run goes on', () => {
  test.each(['thread', 'shared:all'])(
    'in a %s disturbs nobody, trades and obeys while it is there',
    async (isolation) => {
      const config = configWith(isolation);
      const undisturbed = await run(`undisturbed-${isolation.slice(0, 6)}`, config);
      const trees: (readonly string[])[] = [];
      const failures: unknown[] = [];
      const accounts: (readonly string[])[] = [];
      let work: Promise<unknown> = Promise.resolve();
      let journal = '';
      const result = await run(
        `disturbed-${isolation.slice(0, 6)}`,
        config,
        (step, engine, plan) => {
          if (step === joinAt - 1 || step === bars) trees.push(othersOf(engine.tree()));
          const todo = async () => {
            if (step === leaveAt) await engine.removeAccount(newcomer);
            if (step !== joinAt && step !== returnAt) return;
            const { account, simulator } = await planNewcomer(config, plan, engine);
            journal = account.journalPath;
            await engine.addAccount(account, simulator);
            await engine.command(newcomer, 'resume', 'a person');
            accounts.push(engine.accounts());
          };
          work = work.then(todo).catch((error: unknown) => failures.push(error));
        },
      );
      await work;
      expect(failures).toEqual([]);
      expect(accounts).toEqual([
        ['exness_main', 'icmarkets_main', newcomer],
        ['exness_main', 'icmarkets_main', newcomer],
      ]);
      expect(trees[1]).toEqual(trees[0]);
      expect(result.restarts).toEqual([]);
      expect(result.accounts).toEqual(undisturbed.accounts);
      const [first, ...later] = epochsIn(journal);
      expect(later).toHaveLength(1);
      expect(later[0]).toBeGreaterThan(first ?? Number.NaN);
      const { predictions, duplicateOrders } = reportOf(readJournal<AccountFact>(journal));
      expect(predictions).toBeGreaterThan(5);
      expect(duplicateOrders).toBe(0);
    },
    180_000,
  );

  test('is told to wait for a restart when it trades what nobody trades here', async () => {
    const config = configWith('thread', ['XAUUSD']);
    const refused: unknown[] = [];
    const stopped = run('refused', config, (step, engine, plan) => {
      if (step !== 1) return;
      planNewcomer(config, plan, engine).catch((error: unknown) => {
        refused.push(error);
        void engine.stop(15_000);
      });
    });
    await Promise.allSettled([stopped]);
    expect(refused).toMatchObject([expect.any(NeedsRestartError)]);
    expect(String(refused[0])).toContain('XAUUSD');
  }, 60_000);
});
