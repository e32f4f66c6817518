/** Live = backtest: the engine with threads, HTTP and journals, and the backtester, over the same bars and settings. */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AccountFact } from '../../src/account/account-fact.ts';
import { type AccountReport, reportOf } from '../../src/account/report.ts';
import { traceParts } from '../../src/account/trace-parts.ts';
import { loadPredictions } from '../../src/backtest/load-predictions.ts';
import { type PlayedPath, playPath } from '../../src/backtest/play-path.ts';
import { backtestAccount } from '../../src/cli/backtest-account.ts';
import { parityCommand } from '../../src/cli/parity/parity.ts';
import type { ParityReport } from '../../src/cli/parity/parity-report.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { readJournal } from '../../src/journal/sqlite/sqlite-journal.ts';
import { loadBars } from '../../src/market-data/bar-file.ts';
import { writePositionSet } from '../position-set.ts';
import { writeGeneratedFile } from './generated-file.ts';
import { type ReplayResult, replay } from './replay.ts';
import { eager, scenarioConfig } from './scenario-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'novosky-parity-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const accounts = ['exness_main', 'icmarkets_main'] as const;
const symbol = 'BTCUSD';
const shipped = join(import.meta.dirname, '..', '..', 'models');

type Case = {
  readonly name: string;
  readonly path: () => { readonly path: string; readonly from: number };
  readonly bars: number;
  readonly config: Parameters<typeof scenarioConfig>[1];
  /** Strengths of the members of a position model beside the shipped set. */
  readonly positionModel?: readonly number[];
};

type Played = {
  readonly path: PlayedPath;
  readonly facts: readonly AccountFact[];
  readonly report: AccountReport;
};

/** What both say of an account: facts, but for those that tell of incarnations and reads. */
const compared: ReadonlySet<AccountFact['type']> = new Set([
  'bar-decided',
  'position-assessed',
  'order-intended',
  'order-accepted',
  'order-rejected',
  'deal-booked',
  'position-opened',
  'stops-moved',
  'close-intended',
  'protect-intended',
  'position-closed',
  'day-began',
  'week-began',
  'guard-tripped',
  'guard-cleared',
  'exposure-reserved',
] satisfies AccountFact['type'][]);

/** The first day and week begin with the first look at the broker: the engine may take it before or after the first bar. */
const begins: readonly AccountFact['type'][] = ['day-began', 'week-began'];

function told(facts: readonly AccountFact[]): readonly AccountFact[] {
  const firsts = begins.map((type) => facts.find((fact) => fact.type === type));
  return facts
    .filter(({ type }) => compared.has(type))
    .map((fact) => (firsts.includes(fact) ? ({ ...fact, at: 0 } as AccountFact) : fact));
}

function isModelExit(fact: Extract<AccountFact, { type: 'position-closed' }>): boolean {
  return fact.closeType === 'ML_EXIT';
}

async function backtest(
  configFolder: string,
  of: {
    readonly path: string;
    readonly from: number;
    readonly bars: number;
    readonly modelsFolder: string;
  },
): Promise<Readonly<Record<string, Played>>> {
  const file = await loadBars(of.path);
  const first = file.bars.findIndex(({ openTime }) => openTime >= of.from);
  // One more than is decided: its open is the last quote.
  const bars = file.bars.slice(0, first + of.bars + 1);
  const { series, judge, release } = await loadPredictions({
    ...{ bars, symbol, timeframe: 'M15', roundStep: 1_000 },
    modelFolder: join(of.modelsFolder, symbol),
    cacheFolder: join(folder, 'cache'),
  });
  try {
    const played: Record<string, Played> = {};
    for (const id of accounts) {
      const load = () => loadConfig(configFolder, {}, { replay: true });
      const account = backtestAccount({ symbol, account: id }, load);
      const facts: AccountFact[] = [];
      const path = await playPath(
        {
          ...{ symbol, timeframe: 'M15', bars, first, last: first + of.bars - 1 },
          ...{ ...account, predictions: series, judge },
        },
        'path',
        { onFact: (fact) => facts.push(fact) },
      );
      played[id] = { path, facts, report: reportOf(facts) };
    }
    return played;
  } finally {
    await release();
  }
}

const generated = (seed: number, bars: number) => () => {
  const path = join(folder, `generated-${seed}.csv`);
  return { path, from: writeGeneratedFile(path, { seed, bars }) };
};

const btc = join(import.meta.dirname, '../../../shared/data/btcusd_m15.csv.gz');

const cases: readonly Case[] = [
  {
    name: 'with stops alone',
    path: generated(7, 400),
    bars: 400,
    config: { trading: eager },
  },
  {
    name: 'with management, guards, caps and weights per regime',
    path: generated(8, 300),
    bars: 300,
    config: {
      trading: {
        ...eager,
        dynamic_sltp: { sl_atr_multiplier: 1, tp_atr_multiplier: 4 },
        ml_active_management: { enabled: true },
        exposure: { max_symbol_notional: 1e9, max_symbol_risk: 0 },
        adx_regime_filter: { enabled: true, min_adx: 0.12 },
        regime_weights: { strong_trend: { lgb: 3 }, volatile: { rf: 0 }, choppy: { xgb: 2 } },
        max_weekly_drawdown_pct: 6,
      },
      accounts: ({ exness_main, icmarkets_main }) => ({
        exness_main: {
          ...exness_main,
          overrides: { 'ml_active_management.partial_close.enabled': true },
        },
        icmarkets_main: {
          ...icmarkets_main,
          overrides: {
            'ml_active_management.ml_trailing_stop.enabled': true,
            'ml_active_management.ml_trailing_stop.base_trail_atr_mult': 0.8,
          },
        },
      }),
    },
  },
  {
    name: 'with a position model',
    path: generated(9, 250),
    bars: 250,
    config: {
      trading: {
        ...eager,
        dynamic_sltp: { sl_atr_multiplier: 2, tp_atr_multiplier: 2 },
        ml_active_management: { enabled: true },
        position_optimization: { min_bars_held: 2 },
      },
    },
    positionModel: [6, 8, 10],
  },
];

const realCase: Case = {
  name: 'on 2,000 real bars',
  path: () => ({ path: btc, from: Date.UTC(2023, 4, 1) }),
  bars: 2_000,
  config: { trading: { min_confidence: 0.42, min_prob_gap: 0 } },
};

function playsAlike(each: Case): void {
  let engine: ReplayResult;
  let where: { readonly config: string; readonly state: string; readonly models: string };
  let journals: Readonly<Record<string, readonly AccountFact[]>>;
  let backtester: Readonly<Record<string, Played>>;

  beforeAll(async () => {
    const name = each.name.replace(/\W+/g, '-');
    const configFolder = scenarioConfig(join(folder, `${name}-config`), each.config);
    const state = join(folder, `${name}-state`);
    mkdirSync(state);
    const modelsFolder = each.positionModel ? join(folder, `${name}-models`) : shipped;
    if (each.positionModel) writePositionSet(join(modelsFolder, symbol), each.positionModel);
    const of = { ...each.path(), bars: each.bars, modelsFolder };
    where = { config: configFolder, state, models: modelsFolder };
    engine = await replay({ ...of, state, configFolder });
    journals = Object.fromEntries(
      accounts.map((id) => [id, readJournal<AccountFact>(join(state, `state_${id}.db`))]),
    );
    backtester = await backtest(configFolder, of);
  }, 900_000);

  test.each(accounts)('%s decides, orders, fills and closes as in the backtester', (id) => {
    const live = told(journals[id] ?? []);
    const tested = told(backtester[id]?.facts ?? []);
    expect(live.filter(({ type }) => type === 'position-closed').length).toBeGreaterThan(5);
    for (const [index, fact] of live.entries()) expect(tested[index]).toEqual(fact);
    expect(tested).toHaveLength(live.length);
    const exits = live.filter((fact) => fact.type === 'position-closed' && isModelExit(fact));
    expect(exits.length > 0).toBe(each.positionModel !== undefined);
  });

  test.each(accounts)('%s ends with the same trades and the same money', (id) => {
    expect(backtester[id]?.report).toEqual(engine.accounts[id]);
    const last = backtester[id]?.path.equity.at(-1);
    const { balance, equity } = engine.views[id] ?? {};
    expect(last).toMatchObject({ balance, equity });
  });

  test.each(accounts)('novosky parity finds the first days of %s equal', async (id) => {
    const days = journals[id]?.flatMap((fact) =>
      fact.type === 'bar-decided' ? dayOf(fact.trace) : [],
    );
    const reports = [];
    for (const day of [...new Set(days)].slice(0, 2)) {
      reports.push(await parity(['--account', id, '--day', day], where));
    }
    expect(reports).toHaveLength(2);
    for (const { differences, equal } of reports) {
      expect(differences).toEqual([]);
      expect(equal.decision?.of).toBeGreaterThan(0);
      expect(equal.prediction).toEqual(equal.decision);
    }
  });
}

describe.each(cases)('$name', playsAlike);
describe.skipIf(!existsSync(btc))(`${realCase.name} (skipped without ../shared/data)`, () => {
  playsAlike(realCase);
});

/** The UTC date of the bar of a trace. */
function dayOf(trace: string): string {
  return new Date(traceParts(trace).barTime).toISOString().slice(0, 10);
}

async function parity(
  args: readonly string[],
  where: Readonly<Record<string, string>>,
): Promise<ParityReport> {
  const said: string[] = [];
  const failures: string[] = [];
  const output = {
    write: (line: string) => said.push(line),
    fail: (line: string) => failures.push(line),
  };
  const folders = Object.entries(where).flatMap(([name, path]) => [`--${name}`, path]);
  await parityCommand(output).parseAsync(['node', 'parity', ...args, ...folders, '--json']);
  expect(failures).toEqual([]);
  return JSON.parse(said.join('\n')) as ParityReport;
}
