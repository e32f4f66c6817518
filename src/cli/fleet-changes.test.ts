import { describe, expect, test } from 'vitest';
import { anAccount, aPosition } from '../../test/browser/fleet-builder.ts';
import {
  aConfigFolder,
  aSimulator,
  type ConfigFolderFiles,
  anEnvironment as env,
  oneAccount,
  onRealTerminal,
  twoAccounts,
} from '../../test/config-folder.ts';
import type { AccountPolicy } from '../account/policy.ts';
import type { EngineEvent } from '../actors/observer.ts';
import type { Config } from '../config/config.ts';
import { diffConfig } from '../config/diff-config.ts';
import { loadConfig } from '../config/load-config.ts';
import type { AccountSnapshot } from '../domain/account-snapshot.ts';
import { type AccountId, accountId } from '../domain/units.ts';
import { type AccountPlan, planRun } from '../engine/run-plan.ts';
import { systemClock } from '../runtime/clock.ts';
import { AccountPolicies } from './account-policies.ts';
import { FleetChanges } from './fleet-changes.ts';
import { FleetWatch } from './fleet-watch.ts';

const [main, other] = [accountId('main'), accountId('other')];
const stopping = { limit: 'stopping', observed: 1, allowed: 0 };

const configOf = (files: ConfigFolderFiles) => loadConfig(aConfigFolder(files), env);

/** A run whose engine only notes what it is asked for. */
class Stage {
  readonly told: AccountPolicy[] = [];
  readonly asked: string[] = [];
  readonly lines: string[] = [];
  readonly notices: string[] = [];
  readonly quarantined: { account: AccountId; reason: string }[] = [];
  refusesToAdd = false;
  whyNotNow: string | undefined;
  readonly watch: FleetWatch;
  readonly changes: FleetChanges;
  readonly #before: Config;

  private constructor(changes: (stage: Stage) => FleetChanges, watch: FleetWatch, before: Config) {
    this.watch = watch;
    this.#before = before;
    this.changes = changes(this);
  }

  static async of(files: ConfigFolderFiles, options: { symbol?: string } = {}): Promise<Stage> {
    const config = configOf(files);
    const planOptions = { config, stateFolder: '/state', modelsFolder: '/models' };
    const plan = await planRun(planOptions);
    const watch = new FleetWatch(plan.accounts.map(({ id }) => id));
    const terminals = plan.accounts.map(({ terminal }) => terminal);
    const build = (stage: Stage) =>
      new FleetChanges({
        ...{ plan, planOptions, watch, symbol: options.symbol, clock: systemClock },
        gate: {
          whyNot: ({ mode }) => (mode === 'live' ? 'real money is not meant' : undefined),
          whyNotNow: async () => stage.whyNotNow,
          record: ({ id, mode }) => {
            if (mode === 'live') stage.asked.push(`record ${id}`);
          },
        },
        engine: {
          addAccount: (account) => stage.#add(account),
          removeAccount: (id) => stage.#remove(id),
          connectionTo: (key) => terminals.find((terminal) => terminal.key === key),
          quarantined: () => stage.quarantined,
          observe: (message) => {
            if (message.type === 'engine-event') stage.notices.push(...noticeOf(message.event));
          },
        },
        policies: new AccountPolicies(
          (policy) => stage.told.push(policy),
          plan.accounts.map(({ policy }) => policy),
        ),
        write: (line) => stage.lines.push(line),
      });
    return new Stage(build, watch, config);
  }

  /** The files say this from now on. */
  async take(files: ConfigFolderFiles): Promise<void> {
    const next = configOf(files);
    this.changes.take(next, diffConfig(this.#before, next));
    await this.turns();
  }

  async say(id: AccountId, fields: Partial<AccountSnapshot> = {}): Promise<void> {
    this.watch.take({ type: 'account-changed', snapshot: anAccount(id, fields) });
    await this.turns();
  }

  async turns(): Promise<void> {
    for (let turn = 0; turn < 30; turn += 1) await new Promise((done) => setImmediate(done));
  }

  async #add({ id }: AccountPlan): Promise<void> {
    this.asked.push(`add ${id}`);
    if (this.refusesToAdd) throw new Error('its books are in use');
    this.watch.take({
      type: 'engine-event',
      event: { type: 'account-added', account: id, host: '' },
    });
  }

  async #remove(id: AccountId): Promise<void> {
    this.asked.push(`remove ${id}`);
    this.watch.take({ type: 'engine-event', event: { type: 'account-removed', account: id } });
  }
}

function noticeOf(event: EngineEvent): readonly string[] {
  switch (event.type) {
    case 'account-configured':
      return [`${event.account}: ${event.text}`];
    case 'config-changed':
      return [`${event.path} ${event.isHot ? 'now' : (event.why ?? 'later')}`];
    default:
      return [];
  }
}

describe('an account that is taken out of the file', () => {
  test('enters nothing at once, and is stopped when its position has left', async () => {
    const stage = await Stage.of(twoAccounts({}, {}));
    await stage.say(other, { positions: [aPosition()] });
    await stage.take(twoAccounts({}, { enabled: false }));
    expect(stage.told).toMatchObject([{ account: other, entriesStopped: 'removed' }]);
    await stage.say(other, { positions: [aPosition()], blockedBy: [stopping] });
    await stage.say(other);
    expect(stage.asked).toEqual([]);
    await stage.say(other, { blockedBy: [stopping] });
    expect(stage.asked).toEqual(['remove other']);
    expect(stage.lines).toEqual([
      'config  other leaves: entries stop, what it holds is managed until it has left',
      'config  other leaves: 1 position (other 1) open',
    ]);
    expect(stage.changes.accounts().map(({ id }) => id)).toEqual([main]);
  });

  test('stays when it is put back before its position has left', async () => {
    const stage = await Stage.of(twoAccounts({}, {}));
    await stage.say(other, { positions: [aPosition()] });
    await stage.take(twoAccounts({}, { enabled: false }));
    await stage.take(twoAccounts({}, { max_lot: 2 }));
    expect(stage.lines.at(-1)).toBe('config  other stays');
    expect(stage.told.at(-1)).toMatchObject({ account: other, lotsMax: 2 });
    expect(stage.told.at(-1)).not.toHaveProperty('entriesStopped');
    await stage.say(other, { blockedBy: [stopping] });
    expect(stage.asked).toEqual([]);
  });

  test('comes back as another one only after it has left', async () => {
    const stage = await Stage.of(twoAccounts({}, {}));
    await stage.say(other, { positions: [aPosition()] });
    await stage.take(twoAccounts({}, { enabled: false }));
    await stage.take(twoAccounts({}, { state_file: 'state_another.db' }));
    expect(stage.asked).toEqual([]);
    await stage.say(other, { blockedBy: [stopping] });
    expect(stage.asked).toEqual(['remove other', 'add other']);
    expect(stage.changes.accounts().at(-1)?.journalPath).toBe('/state/state_another.db');
  });

  test('is stopped at once where it is quarantined: nobody manages its position', async () => {
    const stage = await Stage.of(twoAccounts({}, {}));
    const event = { type: 'account-quarantined', account: other, reason: 'crashed' } as const;
    stage.watch.take({ type: 'engine-event', event });
    stage.quarantined.push({ account: other, reason: 'crashed' });
    await stage.take(twoAccounts({}, { enabled: false }));
    expect(stage.asked).toEqual(['remove other']);
    expect(stage.lines.at(-1)).toContain('stays behind its stops');
  });

  test('is left alone once the engine stops', async () => {
    const stage = await Stage.of(twoAccounts({}, {}));
    await stage.say(other, { positions: [aPosition()] });
    await stage.take(twoAccounts({}, { enabled: false }));
    stage.changes.close();
    await stage.say(other, { blockedBy: [stopping] });
    await stage.take(twoAccounts({ max_lot: 2 }, {}));
    expect(stage.asked).toEqual([]);
    expect(stage.notices.at(-1)).toBe('accounts.main.max_lot the engine is stopping');
    expect(stage.told).toHaveLength(1);
  });
});

describe('an account that is new in the file', () => {
  const before = { ...oneAccount({}), terminals: twoAccounts({}, {}).terminals };

  test('is started', async () => {
    const stage = await Stage.of(before);
    await stage.take(twoAccounts({}, {}));
    expect(stage.asked).toEqual(['add other']);
    expect(stage.changes.accounts().map(({ id }) => id)).toEqual([main, other]);
  });

  test('waits for the one whose terminal it takes over', async () => {
    const stage = await Stage.of(before);
    await stage.say(main, { positions: [aPosition()] });
    const heir = { terminal_key: 'terminal-one' };
    await stage.take(twoAccounts({ enabled: false }, heir));
    expect(stage.asked).toEqual([]);
    await stage.say(main, { blockedBy: [stopping] });
    expect(stage.asked).toEqual(['remove main', 'add other']);
  });

  test('that cannot start is said, and tried again when the files change', async () => {
    const stage = await Stage.of(before);
    stage.refusesToAdd = true;
    await stage.take(twoAccounts({}, {}));
    expect(stage.lines).toEqual(['alert   other could not join: its books are in use']);
    stage.refusesToAdd = false;
    await stage.take(twoAccounts({ max_lot: 2 }, {}));
    expect(stage.asked).toEqual(['add other', 'add other']);
  });

  test.each<[string, object, object, string]>([
    ['on another symbol', { symbols: { XAUUSD: 'XAUUSD' } }, {}, 'nobody trades XAUUSD here yet'],
    ['with real money', {}, { mode: 'live' }, 'real money is not meant'],
  ])('%s waits for a restart', async (_, terminal, account, why) => {
    const stage = await Stage.of(before);
    const config = configOf({
      ...twoAccounts({}, { enabled: false }),
      terminals: { 'terminal-one': aSimulator, 'terminal-two': { ...aSimulator, ...terminal } },
      ml: { features: { round_step: { BTCUSD: 1_000, XAUUSD: 50 } } },
    });
    const wanted = { ...config.accounts['other'], ...account, isEnabled: true };
    const next = { ...config, accounts: { ...config.accounts, other: wanted } } as Config;
    expect(stage.changes.whyNotHot('other', next)).toBe(why);
  });

  test('whose broker is not as it was audited does not join', async () => {
    const stage = await Stage.of(before);
    stage.whyNotNow = 'other is live and its broker is not as it was audited';
    await stage.take(twoAccounts({}, {}));
    expect(stage.asked).toEqual([]);
    expect(stage.lines).toEqual(['alert   other is live and its broker is not as it was audited']);
  });

  test('on a real terminal does not join simulators in lockstep', async () => {
    const stage = await Stage.of(before);
    const real = configOf(onRealTerminal({ mode: 'dry' }));
    expect(stage.changes.whyNotHot('main', real)).toContain('do not mix');
  });

  test('on a terminal that runs with other settings waits for a restart', async () => {
    const stage = await Stage.of(before);
    const simulator = { ...aSimulator.simulator, balance: 5 };
    const next = configOf({
      ...oneAccount({}),
      terminals: { 'terminal-one': { ...aSimulator, simulator } },
    });
    expect(stage.changes.whyNotHot('main', next)).toBe(
      'the terminal terminal-one still runs as it was',
    );
  });
});

describe('a hot change', () => {
  test('is told to the accounts that it is for, each once with all that changed for it', async () => {
    const stage = await Stage.of(twoAccounts({}, { overrides: { min_confidence: 0.7 } }));
    await stage.take({
      ...twoAccounts({ max_lot: 2, risk_pct: 2 }, { overrides: { min_confidence: 0.7 } }),
      config: { min_confidence: 0.6 },
    });
    expect(stage.notices.filter((notice) => notice.startsWith('main:'))).toEqual([
      'main: risk_pct 1 -> 2, max_lot 5 -> 2, min_confidence null -> 0.6',
    ]);
    expect(stage.notices.filter((notice) => notice.startsWith('other:'))).toEqual([]);
    expect(stage.told).toMatchObject([{ account: main, lotsMax: 2, confidenceMin: 0.6 }]);
  });

  test('of the Kelly sizing is told with its condition; the account knows whether it is flat', async () => {
    const stage = await Stage.of(twoAccounts({}, {}));
    await stage.take({
      ...twoAccounts({}, {}),
      config: { ml_active_management: { kelly_lot_sizing: { enabled: true } } },
    });
    const change = 'ml_active_management.kelly_lot_sizing.enabled false -> true (while flat)';
    expect(stage.notices).toContain(`main: ${change}`);
    expect(stage.notices).toContain(`other: ${change}`);
    expect(stage.told).toMatchObject([
      { account: main, kelly: { formula: 'classical', max: 0.5 } },
      { account: other, kelly: { formula: 'classical', max: 0.5 } },
    ]);
  });
});
