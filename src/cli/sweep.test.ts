import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { writeFinerFile } from '../../test/finer-file.ts';
import { writePositionSet } from '../../test/position-set.ts';
import { eager, scenarioConfig } from '../../test/scenarios/scenario-config.ts';
import { trainedTo, writeUnseenBars } from '../../test/unseen-bars.ts';
import { ConfigError, formatMistakes } from '../config/mistake.ts';
import { UsageError } from '../config/usage-error.ts';
import { backtestCommand } from './backtest.ts';
import { sweepCommand } from './sweep.ts';

const folder = mkdtempSync(join(tmpdir(), 'novosky-sweep-'));
afterAll(() => rmSync(folder, { recursive: true }));
const config = scenarioConfig(join(folder, 'config'), { trading: eager });
const data = join(folder, 'bars.csv');
const unseen = 200;
writeUnseenBars(data, unseen);
const finer = join(folder, 'm5.csv');
writeFinerFile(finer, data);
const usual = [
  ...['--data', data, '--symbol', 'BTCUSD', '--config', config, '--account', 'icmarkets_main'],
  ...['--cache', join(folder, 'cache')],
];
const state = ['--state', join(folder, 'state')];

beforeEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});
afterAll(() => {
  process.exitCode = undefined;
});

const commands = { sweep: sweepCommand, backtest: backtestCommand };

async function run(name: keyof typeof commands, ...args: readonly string[]) {
  const texts = { out: '', err: '' };
  const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const command = commands[name]()
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  await command.parseAsync(['node', name, ...usual, ...args]);
  texts.out = printed.mock.calls.map(([text]) => String(text)).join('');
  texts.err = told.mock.calls.map(([text]) => String(text)).join('');
  printed.mockRestore();
  told.mockRestore();
  return texts;
}

async function refusal(name: keyof typeof commands, ...args: readonly string[]): Promise<string> {
  const error: unknown = await run(name, ...args).catch((thrown: unknown) => thrown);
  if (error instanceof ConfigError) return formatMistakes(error);
  if (error instanceof UsageError || error instanceof CommanderError) return error.message;
  throw error;
}

type Figures = Readonly<Record<string, { pessimistic: number | null; optimistic: number | null }>>;
type Told = {
  readonly from: string;
  readonly to: string;
  readonly holdoutFrom: string;
  readonly tried: number;
  readonly bars: number;
  readonly sets: readonly {
    readonly isAsConfigured: boolean;
    readonly override: Readonly<Record<string, unknown>>;
    readonly figures: Figures;
  }[];
};

/** The JSON of a sweep, without what differs between two of them. */
async function sweep(...args: readonly string[]): Promise<{ report: Told; err: string }> {
  const { out, err } = await run('sweep', ...state, ...args, '--json');
  const { generatedAt, wallMs, ...report } = JSON.parse(out);
  expect(Date.parse(generatedAt)).toBeGreaterThan(0);
  expect(wallMs).toBeGreaterThanOrEqual(0);
  return { report, err };
}

const kelly = [
  '--target',
  'kelly',
  '--override',
  'ml_active_management.kelly_lot_sizing.no_edge=min_lot',
];

describe('novosky sweep', () => {
  test.each([
    ['the same bars', []],
    ['the same bars and finer ones', ['--detail', finer]],
  ])('gives every set the figures that a backtest has over %s', async (_what, detail) => {
    const { report, err } = await sweep(...kelly, ...detail, '--workers', '2');
    expect(err).toContain('3 sets, kept in');
    expect(report.bars).toBe(0.7 * unseen - 1);
    expect(report.holdoutFrom).toBe(new Date(trainedTo + 0.7 * unseen * 900_000).toISOString());
    expect(report.sets.filter(({ isAsConfigured }) => isAsConfigured)).toHaveLength(1);
    for (const { override, figures } of report.sets) {
      const overrides = Object.entries(override).map(
        ([key, value]) => `--override=${key}=${value}`,
      );
      const period = ['--from', report.from, '--to', report.to];
      const asked = [...kelly.slice(2), ...overrides, ...period, ...detail, '--json'];
      const { out } = await run('backtest', ...asked);
      const { deflatedSharpe: _, ...alone } = JSON.parse(out).figures;
      expect(JSON.parse(out).barsWithDetail).toBe(detail.length > 0 ? report.bars : 0);
      const { deflatedSharpe: __, ...swept } = figures;
      expect(swept).toEqual(alone);
      expect(swept['trades']?.pessimistic).toBeGreaterThan(1);
    }
  });

  test('plays nothing twice, and says what makes it begin anew', async () => {
    const first = await sweep(...kelly);
    const again = await sweep(...kelly);
    expect(again.err).toContain('3 sets, 3 of them known already');
    expect(again.report).toEqual(first.report);
    const other = await sweep(
      '--target',
      'kelly',
      '--grid',
      'ml_active_management.kelly_lot_sizing.enabled=false',
      '--balance',
      '777',
    );
    expect(other.err).toContain('other configuration than in any sweep before');
    expect(other.report.sets).toHaveLength(1);
    expect(other.report.tried).toBe(1);
  });

  test('stops at Ctrl-C, and goes on where it was', async () => {
    const grid = ['--target', 'adx', '--workers', '1'];
    const told = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    setImmediateOnBeginning(() => process.emit('SIGINT'));
    await sweepCommand()
      .exitOverride()
      .parseAsync(['node', 'sweep', ...usual, ...state, ...grid]);
    expect(process.exitCode).toBe(1);
    expect(told.mock.calls).toEqual([]);
    process.exitCode = undefined;
    const { report } = await sweep(...grid);
    expect(process.exitCode).toBeUndefined();
    expect(report.sets).toHaveLength(6);
  });

  test('changes one weight of one model in one regime at a time', async () => {
    const html = join(folder, 'regime.html');
    const { report } = await sweep('--target', 'regime', '--html', html);
    expect(report.sets).toHaveLength(25);
    const own = report.sets.filter(({ isAsConfigured }) => isAsConfigured);
    expect(own).toMatchObject([{ override: {} }]);
    expect(readFileSync(html, 'utf8')).toMatch(/<td title="\w+\.\w+ = 2">\w+\.\w+ = 2<\/td>/);
    const change = 'regime_weights.choppy.rf';
    const rest = ['--target', 'regime', '--override', `${change}=0`];
    const further = await sweep(...rest, '--override', 'regime_weights.choppy.xgb=0');
    expect(further.report.sets.some(({ override }) => override[change] === 1)).toBe(true);
    const silent = further.report.sets.filter(
      ({ override }) => override['regime_weights.choppy.lgb'] === 0,
    );
    expect(silent).toEqual([]);
    const set = report.sets.find(({ override }) => override[change] === 2);
    const period = ['--from', report.from, '--to', report.to];
    const { out } = await run('backtest', `--override=${change}=2`, ...period, '--json');
    const { deflatedSharpe: _, ...alone } = JSON.parse(out).figures;
    const { deflatedSharpe: __, ...swept } = set?.figures ?? {};
    expect(swept).toEqual(alone);
  });

  test('shows a table in the terminal and on a page of its own', async () => {
    const html = join(folder, 'sweep.html');
    const { out } = await run('sweep', ...state, ...kelly, '--html', html);
    expect(out).toMatch(/^rank +Score +% +trades/m);
    expect(out).toMatch(/^ +\d\* /m);
    expect(out).toContain('novosky backtest --data');
    const page = readFileSync(html, 'utf8');
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/(src|href)\s*=\s*"?(?!data:|")|https?:|NaN|undefined/);
    expect(page.match(/class="heat"/g)).toHaveLength(1);
  });

  test('sweeps the position model of a set that has one, in this thread', async () => {
    const models = join(folder, 'models');
    mkdirSync(models);
    writePositionSet(join(models, 'BTCUSD'), [1, 2, 3], () => {});
    const { report } = await sweep(
      ...['--target', 'pos', '--models', models],
      ...['--grid', 'position_model.prediction.exit_threshold=0.4,0.9'],
      ...['--grid', 'position_model.prediction.min_prob_diff=0'],
      ...['--grid', 'position_optimization.min_bars_held=1'],
    );
    const profits = report.sets.map(({ figures }) => figures['netProfit']?.pessimistic);
    expect(new Set(profits).size).toBe(2);
  });

  test.each([
    [['--target', 'luck'], ['signal, pos, kelly']],
    [['--target', 'kelly', '--grid', 'risk_pct'], ['KEY=VALUE,VALUE']],
    [
      ['--target', 'kelly', '--grid', 'risk_pct=1,2'],
      ['kelly does not sweep it', 'max_kelly_fraction', '--override'],
    ],
    [
      ['--target', 'signal', '--grid', 'min_votes=q0.5'],
      ['min_votes', 'only min_confidence and min_prob_gap'],
    ],
    [['--target', 'adx', '--grid', 'adx_regime_filter.min_adx=7'], ['must be at most 1, was 7']],
    [
      ['--target', 'signal'],
      ['calibration slice, 2024-06-24', '--grid min_confidence=0.5'],
    ],
    [
      ['--target', 'pos'],
      ['models/BTCUSD has none', 'position'],
    ],
    [
      ['--target', 'kelly', '--override', 'position_model.prediction.exit=1'],
      ['position_model.prediction.exit', 'not a key of ml_config.json', 'exit_threshold'],
    ],
    [
      ['--target', 'kelly', '--override', 'position_model.prediction.exit_threshold=2'],
      ['exit_threshold', 'must be at most 1, was 2'],
    ],
    [
      ['--target', 'surface'],
      ['90 days', 'bars are missing'],
    ],
    [['--target', 'kelly', '--json', join(folder, 'nowhere', 'a.json')], ['cannot be written']],
    [['--target', 'kelly', '--workers', '0'], ['above 0']],
    [['--target', 'kelly', '--workers', '999'], ['at most 256']],
  ])('refuses %j in a sentence', async (args, parts) => {
    const sentence = await refusal('sweep', ...state, ...args);
    for (const part of parts) expect(sentence).toContain(part);
  });
});

/** On the line that says where the sets are kept: they are about to be played. */
function setImmediateOnBeginning(then: () => void): void {
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    if (String(text).includes('kept in')) setImmediate(then);
    return true;
  });
}
