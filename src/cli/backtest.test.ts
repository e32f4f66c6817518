import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { writeFinerFile } from '../../test/finer-file.ts';
import { writeGeneratedFile } from '../../test/scenarios/generated-file.ts';
import { eager, scenarioConfig } from '../../test/scenarios/scenario-config.ts';
import { ConfigError, formatMistakes } from '../config/mistake.ts';
import { UsageError } from '../config/usage-error.ts';
import { backtestCommand } from './backtest.ts';

const folder = mkdtempSync(join(tmpdir(), 'novosky-backtest-'));
afterAll(() => rmSync(folder, { recursive: true }));
const data = join(folder, 'bars.csv');
const from = new Date(writeGeneratedFile(data, { seed: 3, bars: 200 })).toISOString().slice(0, 10);
const [finer, elsewhere] = [join(folder, 'm5.csv'), join(folder, 'elsewhere.csv')];
writeFinerFile(finer, data);
writeGeneratedFile(join(folder, 'other.csv'), { seed: 4, bars: 1 });
writeFinerFile(elsewhere, join(folder, 'other.csv'));
const config = scenarioConfig(join(folder, 'config'), { trading: eager });
const cache = join(folder, 'cache');
const usual = ['--data', data, '--symbol', 'BTCUSD', '--config', config, '--cache', cache];

beforeEach(() => {
  vi.restoreAllMocks();
});

async function run(...args: readonly string[]): Promise<string> {
  const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  printed.mockClear();
  const command = backtestCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  await command.parseAsync(['node', 'backtest', ...usual, ...args]);
  return printed.mock.calls.map(([text]) => String(text)).join('');
}

/** The JSON of a run, without what differs between two of them. */
async function report(...args: readonly string[]) {
  const { generatedAt, wallMs, ...rest } = JSON.parse(await run('--from', from, ...args, '--json'));
  expect(Date.parse(generatedAt)).toBeGreaterThan(0);
  expect(wallMs).toBeGreaterThanOrEqual(0);
  return rest;
}

async function refusal(...args: readonly string[]): Promise<string> {
  const error: unknown = await run(...args).catch((thrown: unknown) => thrown);
  if (error instanceof ConfigError) return formatMistakes(error);
  if (error instanceof UsageError || error instanceof CommanderError) return error.message;
  throw error;
}

describe('novosky backtest', () => {
  test('gives the same JSON again, with and without the cache, and nothing of the machine', async () => {
    const first = await report('--account', 'icmarkets_main');
    expect(readdirSync(cache)).toHaveLength(1);
    const second = await report('--account', 'icmarkets_main');
    const fresh = await report('--account', 'icmarkets_main', '--cache', join(folder, 'other'));
    expect(second).toEqual(first);
    expect(fresh).toEqual(first);
    expect(JSON.stringify(first)).not.toContain(folder);
    expect(first.trades.pessimistic.length).toBeGreaterThan(5);
    expect(first.settings).toMatchObject({ account: 'icmarkets_main', balance: 10_000 });
  });

  test('plays the account that is asked for, by its own settings and its broker', async () => {
    const { currency, startingBalance, settings } = await report();
    expect({ currency, startingBalance }).toEqual({ currency: 'USC', startingBalance: 100_000 });
    expect(settings).toMatchObject({ account: 'exness_main', leverage: 400, riskPct: 1.5 });
    const defaults = await report('--account', 'defaults');
    expect(defaults.settings).toMatchObject({ account: 'defaults', leverage: 200, riskPct: 2 });
  });

  test('takes costs, money and limits from the command line', async () => {
    const { settings, currency, startingBalance, trades } = await report(
      ...['--account', 'icmarkets_main', '--cent-account', '--balance', '77000'],
      ...['--leverage', '50', '--spread', '900', '--commission', '2', '--slippage', '5'],
      ...['--swap-long', '-9', '--swap-short', '4', '--max-lot', '0.02'],
      ...['--override', 'dynamic_sltp.tp_atr_multiplier=1.5', '--override', 'risk_pct=3'],
    );
    expect({ currency, startingBalance }).toEqual({ currency: 'USC', startingBalance: 77_000 });
    expect(settings).toMatchObject({
      ...{ leverage: 50, spreadPoints: 900, commissionPerLot: 2, slippagePoints: 5 },
      ...{ swapLongPoints: -9, swapShortPoints: 4, maxLot: 0.02, riskPct: 3 },
      'override dynamic_sltp.tp_atr_multiplier': '1.5',
    });
    expect(trades.pessimistic.every(({ lots }: { lots: number }) => lots <= 0.02)).toBe(true);
  });

  test('looks into finer bars where it is given some, and says of how many bars it knew more', async () => {
    const bare = await report();
    const told = await report('--detail', finer);
    expect([bare.barsWithDetail, told.barsWithDetail]).toEqual([0, bare.bars]);
    expect(told.settings.detailSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(told.figures).not.toEqual(bare.figures);
    const summary = await run('--from', from, '--detail', finer);
    expect(summary.split('\n')[0]).toContain(` bars (${bare.bars} in finer ones)  `);
  });

  test('deflates the Sharpe ratio by the number of trials that it is told', async () => {
    const one = await report();
    const many = await report('--trials', '500');
    expect([one.trials, many.trials]).toEqual([1, 500]);
    const deflated = ({ figures }: typeof one) => figures.deflatedSharpe.pessimistic as number;
    expect(deflated(many)).toBeLessThan(deflated(one));
    const { deflatedSharpe: _one, ...figuresOfOne } = one.figures;
    const { deflatedSharpe: _many, ...figuresOfMany } = many.figures;
    expect(figuresOfMany).toEqual(figuresOfOne);
    expect(await run('--from', from, '--trials', '500')).toContain('ratio (N = 500)');
  });

  test('says on every output that the models were trained on what it plays', async () => {
    const [json, html] = [join(folder, 'out.json'), join(folder, 'out.html')];
    const summary = await run('--from', from, '--json', json, '--html', html);
    expect(summary).toContain('IN-SAMPLE');
    expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({ isInSample: true });
    expect(readFileSync(html, 'utf8')).toContain('IN-SAMPLE');
  });

  test.each([
    [
      ['--override', 'min_confidnce=0.5'],
      ['--override min_confidnce', 'did you mean "min_confidence"'],
    ],
    [
      ['--override', 'min_confidence=7'],
      ['--override min_confidence', 'must be at most 1, was 7'],
    ],
    [
      ['--override', 'risk_pct=lots'],
      ['--override risk_pct', 'must be a number'],
    ],
    [['--override', 'risk_percent=1'], ['an account has "risk_pct" for it']],
    [['--override', 'min_confidence'], ['It must be KEY=VALUE']],
    [['--max-lot', '0.001'], ['--override max_lot']],
    [
      ['--account', 'nobody'],
      ['no account nobody', 'exness_main, icmarkets_main', 'defaults'],
    ],
    [
      ['--from', '2023-11-01'],
      ['bars before --from', 'begin at'],
    ],
    [['--oos-only'], ['no bar is left', 'trained to 2024-12-31']],
    [['--from', '2030-01-01'], ['no bar is left']],
    [['--detail', data], ['must be M1 or M5, these are M15']],
    [
      ['--detail', finer, '--detail', elsewhere],
      [elsewhere, 'come to no bar of --data'],
    ],
    [['--trials', '0'], ['It must be above 0']],
    [
      [
        '--override',
        'ml_active_management.enabled=true',
        '--override',
        'ml_active_management.position_as_primary_exit.enabled=true',
      ],
      [
        'exness_main: ml_active_management.position_as_primary_exit',
        'the models of BTCUSD have none',
      ],
    ],
    [['--balance', '-5'], ['It must be above 0']],
    [['--json', join(folder, 'nowhere', 'a.json')], ['cannot be written']],
    [
      ['--models', folder],
      ['manifest.json', 'novosky train'],
    ],
  ])('refuses %j in a sentence', async (args, parts) => {
    const sentence = await refusal(...args);
    for (const part of parts) expect(sentence).toContain(part);
  });
});
