import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TradeRow } from '../../src/account/trade-table.ts';
import { tradesCommand } from '../../src/cli/query/trades.ts';
import { replayCommand } from '../../src/cli/replay/replay-decision.ts';
import { timeframeMs } from '../../src/domain/bar.ts';
import { direction } from '../../src/domain/order.ts';
import { openDatabase } from '../../src/sqlite/sqlite.ts';
import { writeGeneratedFile } from './generated-file.ts';
import { type Novosky, novosky } from './process.ts';
import { replay } from './replay.ts';
import { eager, scenarioConfig } from './scenario-config.ts';

type Row = Readonly<Record<string, unknown>>;
type Report = {
  readonly account: string;
  readonly decision: string;
  readonly orderId: string | null;
  readonly layers: Readonly<
    Record<string, { outcome: string; differences?: { path: string }[]; reason?: string }>
  >;
};

const bars = 300;
const folder = mkdtempSync(join(tmpdir(), 'novosky-trade-log-'));
const config = scenarioConfig(join(folder, 'config'), { trading: eager });
const state = join(folder, 'state');
const data = join(folder, 'bars.csv');
const meanwhile: Novosky[] = [];

beforeAll(async () => {
  const from = writeGeneratedFile(data, { seed: 3, bars });
  await replay({
    ...{ path: data, from, bars, state, configFolder: config },
    onStep: (step) => {
      if (step !== 100) return;
      for (const command of ['decisions', 'trades', 'equity']) {
        meanwhile.push(novosky([command, ...where, '--account', 'exness_main', '--json']));
      }
    },
    atEnd: async () => {
      await Promise.all(meanwhile.map(({ ended }) => ended));
    },
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const where = ['--config', config, '--state', state];

/** `novosky replay` on a state folder: one report for each decision, and what it said when it failed. */
async function replayed(stateFolder: string, ...args: readonly string[]) {
  const lines: string[] = [];
  const failures: string[] = [];
  const command = replayCommand({
    write: (line) => lines.push(line),
    fail: (line) => failures.push(line),
  });
  const place = ['--config', config, '--state', stateFolder, '--json'];
  await command.parseAsync(['node', 'replay', ...args, ...place]);
  return { reports: lines.map((line) => JSON.parse(line) as Report), failures };
}

/** A copy of the state folder in which a sentence of SQL was run on a journal, past the triggers that forbid it. */
function tamperedState(name: string, sql: string): string {
  const copy = join(folder, name);
  cpSync(state, copy, { recursive: true });
  const database = openDatabase(join(copy, 'state_exness_main.db'), { synchronous: 'NORMAL' });
  database.exec('DROP TRIGGER facts_are_never_changed');
  expect(database.prepare(sql).run().changes).toBe(1);
  database.close();
  return copy;
}

/** The nth decision of a kind, in SQL. */
function nth(type: string, condition: string, n: number): string {
  return `(SELECT sequence FROM facts WHERE type = '${type}' AND ${condition} ORDER BY sequence LIMIT 1 OFFSET ${n})`;
}

function outcomes(reports: readonly Report[], layer: string): readonly string[] {
  return [...new Set(reports.map(({ layers }) => layers[layer]?.outcome ?? 'none'))];
}

function differing(reports: readonly Report[], layer: string): readonly string[] {
  return reports.flatMap(({ layers }) => layers[layer]?.differences?.map(({ path }) => path) ?? []);
}

describe('the journals of an engine that trades', () => {
  test('can be asked meanwhile, by processes of their own', async () => {
    expect(await Promise.all(meanwhile.map(({ ended }) => ended))).toEqual([0, 0, 0]);
    const [decisions = [], trades = [], equity = []] = meanwhile.map((each) =>
      each
        .output()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Row),
    );
    expect(decisions.length).toBeGreaterThanOrEqual(99);
    expect(decisions.every(({ featuresHash }) => typeof featuresHash === 'string')).toBe(true);
    expect(trades.length).toBeGreaterThan(5);
    expect(equity.length).toBeGreaterThanOrEqual(99);
  });
});

test('a reader that stops before the end, as head does, is no failure', async () => {
  const { child, output, ended } = novosky([
    'decisions',
    ...where,
    ...['--account', 'exness_main'],
    '--json',
  ]);
  child.stdout?.destroy();
  expect(await ended).toBe(0);
  expect(output()).toBe('');
});

describe('the excursion of every trade', () => {
  type Trade = Pick<TradeRow, 'side' | 'entry' | 'openTime' | 'closeTime' | 'exit' | 'mae' | 'mfe'>;
  const barMs = timeframeMs.M15;

  /** Gains at all that the file says of a trade's life: the open of each bar in it, the range of each whole one, its end. */
  function gainsOf({ side, entry, openTime, closeTime, exit }: Trade, spread: number): number[] {
    const [from, to] = [Date.parse(openTime), Date.parse(closeTime ?? '')];
    const gainAt = (price: number) => direction[side] * (price - entry);
    const gains = [gainAt(exit ?? entry)];
    for (const row of readFileSync(data, 'utf8')
      .split('\n')
      .slice(-bars - 1)) {
      const [seconds = 0, open = 0, high = 0, low = 0] = row.split(',').map(Number);
      const at = seconds * 1_000;
      if (at < from || at >= to) continue;
      const bids = at + barMs <= to ? [open, high, low] : [open];
      gains.push(...bids.map((bid) => gainAt(side === 'buy' ? bid : bid + spread)));
    }
    return gains;
  }

  test.each([
    ['exness_main', 14],
    ['icmarkets_main', 3],
  ])('of %s is that of the file, at its own spread of %d', async (account, spread) => {
    const lines: string[] = [];
    const output = { write: (line: string) => lines.push(line), fail: () => {} };
    const args = [...where, '--account', account, '--json'];
    await tradesCommand(output).parseAsync(['node', 'trades', ...args]);
    const trades = lines.map((line) => JSON.parse(line) as Trade);
    const closed = trades.filter(({ closeTime }) => closeTime !== null);
    expect(closed.length).toBeGreaterThan(50);
    for (const trade of closed) {
      const gains = gainsOf(trade, spread);
      expect(trade.mae.price).toBeCloseTo(Math.max(0, ...gains.map((gain) => -gain)), 6);
      expect(trade.mfe.price).toBeCloseTo(Math.max(0, ...gains), 6);
    }
  });
});

describe('every decision of a run', () => {
  test.each(['exness_main', 'icmarkets_main'])(
    'of %s can be made again from the bars on, bit for bit',
    async (account) => {
      const { reports, failures } = await replayed(state, '--all', '--account', account);
      expect(reports).toHaveLength(bars);
      expect(reports.filter(({ orderId }) => orderId !== null).length).toBeGreaterThan(20);
      for (const layer of ['policy', 'features', 'probabilities', 'decision']) {
        expect(outcomes(reports, layer), layer).toEqual(['equal']);
      }
      expect(failures).toEqual([]);
    },
  );

  test('is found by its order, and by its bar in every account', async () => {
    const { reports } = await replayed(state, '--all', '--account', 'exness_main');
    const entered = reports.find(({ orderId }) => orderId !== null) as Report;
    const byOrder = await replayed(state, '--decision', String(entered.orderId));
    expect(byOrder.reports).toEqual([entered]);
    const byBar = await replayed(state, '--decision', entered.decision);
    expect(byBar.reports.map(({ account }) => account)).toEqual(['exness_main', 'icmarkets_main']);
    await expect(replayed(state, '--decision', 'nowhere')).rejects.toThrow('is called nowhere');
  });

  test('can be made again from the file that was played, too', async () => {
    const { reports } = await replayed(state, '--all', '--account', 'exness_main', '--data', data);
    expect(outcomes(reports, 'features')).toEqual(['equal']);
    expect(outcomes(reports, 'probabilities')).toEqual(['equal']);
  });
});

describe('what was changed after the fact is named:', () => {
  test('a number of a decision', async () => {
    const place = nth('bar-decided', 'payload LIKE \'%"entered"%\'', 7);
    const copy = tamperedState(
      'decision',
      `UPDATE facts SET payload = json_set(payload, '$.gap', json_extract(payload, '$.gap') * (1 + 1e-15)) WHERE sequence = ${place}`,
    );
    const { reports, failures } = await replayed(copy, '--all', '--account', 'exness_main');
    expect(differing(reports, 'decision')).toEqual(['bar-decided.gap']);
    expect(failures).toEqual(['1 of 300 decisions differ from what was recorded']);
  });

  test('the volume of an order', async () => {
    const copy = tamperedState(
      'order',
      `UPDATE facts SET payload = json_set(payload, '$.intent.riskMoney', 1.5) WHERE sequence = ${nth('order-intended', '1', 3)}`,
    );
    const { reports } = await replayed(copy, '--all', '--account', 'exness_main');
    expect(differing(reports, 'decision')).toEqual(['order-intended.intent.riskMoney']);
  });

  test('the policy', async () => {
    const copy = tamperedState(
      'policy',
      `UPDATE facts SET payload = json_set(payload, '$.policy.votesMin', 3) WHERE sequence = ${nth('policy-changed', '1', 0)}`,
    );
    const { reports } = await replayed(copy, '--all', '--account', 'exness_main');
    expect(outcomes(reports, 'policy')).toEqual(['different']);
    expect(new Set(differing(reports, 'policy'))).toEqual(new Set(['policy.hash']));
    expect(differing(reports, 'decision')).toContain('bar-decided.denial.allowed');
  });

  test('a probability of one model, though no decision depends on it', async () => {
    const copy = tamperedState(
      'probability',
      `UPDATE facts SET payload = json_set(payload, '$.prediction.members.rf.raw.buy', 0.5) WHERE sequence = ${nth('bar-decided', '1', 42)}`,
    );
    const { reports } = await replayed(copy, '--all', '--account', 'exness_main');
    expect(differing(reports, 'probabilities')).toEqual(['prediction.members.rf.raw.buy']);
    expect(outcomes(reports, 'decision')).toEqual(['equal']);
  });

  test('a bar that was there before the first of them', async () => {
    const rows = readFileSync(data, 'utf8').split('\n');
    const place = rows.length - bars - 50;
    const [time, open, high, low, , volume] = String(rows[place]).split(',');
    rows[place] = [time, open, high, low, low, volume].join(',');
    const other = join(folder, 'other.csv');
    writeFileSync(other, rows.join('\n'));
    const everything = ['--all', '--account', 'exness_main', '--data', other];
    const { reports, failures } = await replayed(state, ...everything);
    expect(outcomes(reports, 'features')).toContain('different');
    expect(differing(reports, 'features')).toContain('features.hash');
    expect(failures).toHaveLength(1);
  });
});

describe('what cannot be checked is said, with the reason:', () => {
  test('bars and models that are not there', async () => {
    const copy = join(folder, 'bare');
    cpSync(state, copy, { recursive: true });
    rmSync(join(copy, 'bars.db'));
    const some = ['--all', '--account', 'exness_main', '--to', '2024-02-20'];
    const bare = await replayed(copy, ...some);
    expect(outcomes(bare.reports, 'features')).toEqual(['not-checkable']);
    expect(bare.reports[0]?.layers['features']?.reason).toContain('name a file with --data');
    expect(outcomes(bare.reports, 'decision')).toEqual(['equal']);
    expect(bare.failures).toEqual([]);
    const elsewhere = await replayed(state, ...some, '--models', join(folder, 'no-models'));
    expect(outcomes(elsewhere.reports, 'features')).toEqual(['equal']);
    expect(elsewhere.reports[0]?.layers['probabilities']?.reason).toContain('cannot be read');
  });
});
