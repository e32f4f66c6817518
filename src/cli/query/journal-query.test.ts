import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { AccountWorld, aPolicy, aPrediction, barMs, monday } from '../../../test/account-world.ts';
import { aConfigFolder, anAccount } from '../../../test/config-folder.ts';
import type { AccountFact } from '../../account/account-fact.ts';
import { UsageError } from '../../config/usage-error.ts';
import type { CloseType } from '../../domain/account-event.ts';
import { fraction, price } from '../../domain/units.ts';
import { openJournal } from '../../journal/sqlite/sqlite-journal.ts';
import { openDatabase } from '../../sqlite/sqlite.ts';
import { decisionsCommand } from './decisions.ts';
import { equityCommand } from './equity.ts';
import { tradesCommand } from './trades.ts';

let lines: string[];
let failures: string[];
let state: string;
let config: string;

beforeEach(() => {
  lines = [];
  failures = [];
  state = mkdtempSync(join(tmpdir(), 'novosky-query-'));
  onTestFinished(() => rmSync(state, { recursive: true, force: true }));
  const accounts = {
    exness_main: anAccount,
    other: { ...anAccount, enabled: false, state_file: 'o.db' },
  };
  config = aConfigFolder({ accounts: { accounts } });
});

type Make = (output: { write(line: string): void; fail(line: string): void }) => Command;

async function run(make: Make, ...args: readonly string[]): Promise<readonly string[]> {
  lines = [];
  const command = make({
    write: (line) => lines.push(line),
    fail: (line) => failures.push(line),
  });
  command.configureOutput({ writeErr: () => {} });
  const where = ['--config', config, '--state', state];
  await command.parseAsync(['node', 'novosky', ...args, ...where]);
  return lines;
}

const ofMain = ['--account', 'exness_main'];

/** Three bars: a trade that reaches its target on the second, a bar without a signal, a signal that a guard refuses. */
function aJournal(): void {
  const world = new AccountWorld({ policy: aPolicy({ atrMin: 200 }) }).open();
  world.bar(aPrediction('buy'));
  world.move(95_310, monday + barMs);
  world.bar(aPrediction('hold', { bar: 1 }));
  world.move(95_320, monday + 2 * barMs);
  world.bar(aPrediction('sell', { bar: 2, atr: 100 }));
  write(world.journal);
}

function write(facts: readonly AccountFact[]): void {
  const journal = openJournal<AccountFact>(join(state, anAccount.state_file));
  journal.append(facts, 'normal');
  journal.close();
}

function json(): readonly Record<string, unknown>[] {
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('novosky decisions', () => {
  test('says of each bar what was decided, by which numbers', async () => {
    aJournal();
    expect(await run(decisionsCommand, ...ofMain)).toMatchInlineSnapshot(`
      [
        "id                                     bar  signal   conf    gap  votes  verdict  denied by                    also  order",
        "BTCUSD/M15/1736120700000  2025-01-05 23:45  buy     0.800  0.700      3  entered  -                            -     uf6ydkpdcjluylnqz2gkvbxnkq",
        "BTCUSD/M15/1736121600000  2025-01-06 00:00  hold    0.800  0.700      3  held     hold 0.8 (allowed 0)         -     -",
        "BTCUSD/M15/1736122500000  2025-01-06 00:15  sell    0.800  0.700      3  denied   atr-floor 100 (allowed 200)  -     -",
      ]
    `);
  });

  test('has every number in JSON Lines, one decision per line', async () => {
    aJournal();
    await run(decisionsCommand, ...ofMain, '--json');
    expect(json()).toMatchObject([
      {
        id: `BTCUSD/M15/${monday - barMs}`,
        bar: '2025-01-05T23:45:00.000Z',
        verdict: 'entered',
        signal: 'buy',
        confidence: 0.8,
        votes: 3,
        denial: null,
        others: [],
        order: { side: 'buy', volumeSteps: 6, stopLoss: 94_705, takeProfit: 95_305 },
        probabilities: { buy: 0.8, sell: 0.1, hold: 0.1 },
        policyHash: 'policy-1',
        modelHash: 'model-1',
      },
      { verdict: 'held', signal: 'hold', denial: { limit: 'hold' }, order: null, orderId: null },
      {
        verdict: 'denied',
        signal: 'sell',
        denial: { limit: 'atr-floor', observed: 100, allowed: 200 },
      },
    ]);
  });

  test('says what was judged in place of the plain mean, where models have weights', async () => {
    const regimeWeights = { volatile: { rf: 1, xgb: 1, lgb: 0 } };
    const world = new AccountWorld({ policy: aPolicy({ regimeWeights }) }).open();
    const features = { adx_14: 0.3, atr_percentile: 0.9 };
    world.bar({ ...aPrediction('buy'), features });
    write(world.journal);
    await run(decisionsCommand, ...ofMain, '--json');
    expect(json()).toMatchObject([
      { weighted: { regime: 'volatile', mean: { buy: 0.8 } }, gates: { regimeWeights } },
    ]);
    lines = [];
    await run(decisionsCommand, ...ofMain, '--csv');
    expect(lines.join('\n')).toContain(
      ',p_hold,regime,p_buy_weighted,p_sell_weighted,p_hold_weighted,',
    );
    expect(lines.join('\n')).toContain(',volatile,0.8,');
  });

  test('says which bar it was, how each model voted, which thresholds held, and how the volume came about', async () => {
    const kelly = {
      formula: 'classical',
      multiplier: 0.5,
      max: fraction(0.2),
      atNoEdge: 'skip',
    } as const;
    const policy = aPolicy({ kelly, confidenceMin: 0.7, riskMax: fraction(0.5) });
    const world = new AccountWorld({ policy }).open();
    const { mean, members, ...rest } = aPrediction('buy');
    const said = { raw: mean, calibrated: mean, vote: 'hold' } as const;
    const bar = { open: price(1), high: price(4), low: price(0.5), close: price(2) };
    world.bar({ ...rest, bar, mean, members: { ...members, lgb: said } });
    write(world.journal);
    await run(decisionsCommand, ...ofMain, '--json');
    // 0.8 at even odds is 0.6 by Kelly, half of it 0.3, at most 0.2: 2 % of base risk become 0.4 %.
    expect(json()).toMatchObject([
      {
        members: { rf: { vote: 'buy' }, xgb: { vote: 'buy' }, lgb: { vote: 'hold' } },
        prices: { open: 1, high: 4, low: 0.5, close: 2 },
        gates: { confidenceMin: 0.7, gapMin: 0.05, votesMin: 2 },
        sizing: {
          ...{ baseRisk: 0.02, riskMultiplier: 1, risk: 0.004, lotsWanted: 0.01, bound: 'risk' },
          kelly: { formula: 'classical', raw: 0.6, adjusted: 0.2 },
        },
      },
    ]);
    const [header, row] = await run(decisionsCommand, ...ofMain, '--csv');
    const names = header?.split(',') ?? [];
    const of = Object.fromEntries(
      (row?.split(',') ?? []).map((text, index) => [names[index], text]),
    );
    expect(of).toMatchObject({
      ...{ member_votes: 'rf buy; xgb buy; lgb hold' },
      ...{ open_price: '1', high_price: '4', low_price: '0.5', close_price: '2' },
      ...{ confidence_min: '0.7', gap_min: '0.05', votes_min: '2' },
      ...{ base_risk_fraction: '0.02', risk_multiplier: '1', risk_fraction: '0.004' },
      ...{ kelly_raw: '0.6', kelly_adjusted: '0.2', lots_wanted: '0.01', size_bound: 'risk' },
    });
  });

  test('has units in the header of CSV, and ends lines as RFC 4180 wants', async () => {
    aJournal();
    const [header, first] = await run(decisionsCommand, ...ofMain, '--csv', '--limit', '1');
    expect(header).toMatch(/^id,bar_open_utc,decided_at_utc,.*,atr_price,.*policy_hash\r$/);
    expect(first).toMatch(
      /^BTCUSD\/M15\/\d+,2025-01-06T00:15:00.000Z,.*,denied,atr-floor,100,200,/,
    );
    expect(first?.split(',').length).toBe(header?.split(',').length);
  });

  test.each([
    ['--limit', '2'],
    ['--from', '2025-01-06'],
    ['--from', '2025-01-06', '--to', '2025-01-06'],
  ])('%s %s keeps the newest, oldest first', async (...range) => {
    aJournal();
    await run(decisionsCommand, ...ofMain, '--json', ...range);
    expect(json().map(({ verdict }) => verdict)).toEqual(['held', 'denied']);
  });

  test('--to leaves out what opened later, also of the newest few', async () => {
    aJournal();
    await run(decisionsCommand, ...ofMain, '--json', '--to', '2025-01-05', '--limit', '1');
    expect(json().map(({ verdict }) => verdict)).toEqual(['entered']);
  });

  test('reads what an earlier program recorded: other reasons without their numbers', async () => {
    aJournal();
    const denied = {
      type: 'bar-decided',
      at: monday + 3 * barMs,
      trace: `BTCUSD/M15/${monday + 2 * barMs}`,
      symbol: 'BTCUSD',
      policyHash: 'old',
      ...{ confidence: 0.7, gap: 0.2, votes: 2, verdict: 'denied' },
      denial: { limit: 'daily-loss', observed: 0.04, allowed: 0.03 },
      others: ['position-open'],
    };
    write([denied as unknown as AccountFact]);
    await run(decisionsCommand, ...ofMain, '--limit', '1');
    expect(lines[1]).toContain('daily-loss 0.04 (allowed 0.03)  position-open');
    await run(decisionsCommand, ...ofMain, '--json', '--limit', '1');
    expect(json()).toMatchObject([
      { others: [{ limit: 'position-open', observed: null, allowed: null }] },
    ]);
  });
});

describe('novosky trades', () => {
  test('names every close type in its help', () => {
    let help = '';
    const command = tradesCommand().configureOutput({ writeOut: (text) => (help += text) });
    command.outputHelp();
    const types: Record<CloseType, true> = {
      ...{
        SL_HIT: true,
        TP_HIT: true,
        ML_EXIT: true,
        MANUAL: true,
        EXTERNAL: true,
        STOP_OUT: true,
      },
    };
    for (const type of Object.keys(types)) expect(help).toContain(type);
  });

  test('shows a trade from its order to what it brought', async () => {
    aJournal();
    expect(await run(tradesCommand, ...ofMain)).toMatchInlineSnapshot(`
      [
        "ticket  symbol  side  lots            opened     entry        sl        tp            closed      exit  close         profit      R  bars",
        "  1001  BTCUSD  buy   0.06  2025-01-06 00:00  95005.00  94705.00  95305.00  2025-01-06 00:15  95305.00  TP_HIT  +1799.64 USC  +1.00     1",
      ]
    `);
  });

  test('shows an open trade as open', async () => {
    const world = new AccountWorld().open();
    world.bar(aPrediction('sell'));
    write(world.journal);
    await run(tradesCommand, ...ofMain, '--json');
    expect(json()).toMatchObject([
      { side: 'sell', closeTime: null, closeType: null, barsHeld: null, currency: 'USC' },
    ]);
    const [, row] = await run(tradesCommand, ...ofMain, '--csv');
    expect(row).toContain(',sell,');
  });

  test('is empty in words where nothing was traded', async () => {
    write(new AccountWorld().open().journal);
    expect(await run(tradesCommand, ...ofMain)).toEqual(['(none)']);
  });
});

describe('novosky equity', () => {
  test('draws the curve and sums it up', async () => {
    aJournal();
    expect(await run(equityCommand, ...ofMain)).toMatchInlineSnapshot(`
      [
        "equity 101799.64 USC (+1799.64 since 2025-01-06 00:00 UTC), largest fall from a peak 0.03 %",
        "",
        "101799.64 |                                    ************************************",
        "          |",
        "          |",
        "          |",
        "          |",
        "          |",
        "          |",
        " 99969.82 |************************************",
        "",
        "            from    balance     equity    lowest    highest    result",
        "2025-01-06 00:00  101799.64  101799.64  99969.82  101799.64  +1799.64",
      ]
    `);
  });

  test('has every reading of the broker as rows', async () => {
    aJournal();
    const [header, ...rows] = await run(equityCommand, ...ofMain, '--csv');
    expect(header).toBe(
      'time_utc,balance_account_currency,equity_account_currency,margin_account_currency,currency,open_positions\r',
    );
    expect(rows.length).toBeGreaterThan(2);
    expect(rows[0]).toMatch(/^2025-01-06T00:00:00.000Z,100000,100000,0,USC,0\r$/);
    await run(equityCommand, ...ofMain, '--json', '--limit', '1');
    expect(json()).toMatchObject([{ time: '2025-01-06T00:30:00.000Z', equity: 101_799.64 }]);
  });
});

test('a range that ends before it begins is bad usage, not an empty answer', async () => {
  aJournal();
  const range = ['--from', '2025-01-07', '--to', '2025-01-06'];
  for (const command of [tradesCommand, equityCommand, decisionsCommand]) {
    await expect(run(command, ...ofMain, ...range)).rejects.toThrow('--from lies after --to');
  }
});

describe('whoever asks for a journal that is not there', () => {
  test('is told which accounts there are', async () => {
    await expect(run(tradesCommand, '--account', 'exnes')).rejects.toThrow(UsageError);
    await expect(run(tradesCommand)).rejects.toThrow('there are exness_main, other');
  });

  test('is told that the account was never started', async () => {
    await run(equityCommand, ...ofMain);
    expect(failures[0]).toContain('exness_main has no journal yet');
    expect(failures[0]).toContain(join(state, anAccount.state_file));
  });

  test('is told when another version wrote it, or nobody', async () => {
    aJournal();
    const database = openDatabase(join(state, anAccount.state_file), { synchronous: 'NORMAL' });
    database.pragma('user_version = 7');
    database.close();
    await run(decisionsCommand, ...ofMain);
    expect(failures[0]).toMatch(/has schema 7, this program reads 2/);
    writeFileSync(join(state, anAccount.state_file), 'a letter '.repeat(1_000));
    await run(decisionsCommand, ...ofMain);
    expect(failures[1]).toMatch(/is damaged/);
  });

  test.each([
    ['--limit', '0'],
    ['--from', 'yesterday'],
    ['--json', '--csv'],
  ])('is refused %s %s', async (...args) => {
    await expect(run(tradesCommand, ...ofMain, ...args)).rejects.toThrow();
  });
});
